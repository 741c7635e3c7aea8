/** The log: one JSON line an event on stderr, or coloured lines for a person; no known secret ever in either. */
import { pino, type Logger as PinoLogger } from "pino";
import pinoPretty from "pino-pretty";
import { causeChain, HoldfastError, messageOf } from "../domain/errors.ts";
import { toIso } from "../domain/instant.ts";
import type { Clock } from "../ports/clock.ts";
import { createRedactor } from "./redactor.ts";

export const LOG_LEVELS = ["debug", "info", "warn", "error", "silent"] as const;
export type LogLevel = (typeof LOG_LEVELS)[number];

/** `auto`: pretty where a terminal reads, JSON elsewhere. */
export const LOG_FORMATS = ["auto", "json", "pretty"] as const;
export type LogFormat = (typeof LOG_FORMATS)[number];

export type LogFields = Readonly<Record<string, unknown>>;

/** What every line of a child logger carries. */
export interface LogContext {
  run?: string;
  job?: string;
  phase?: string;
}

export interface Logger {
  debug(message: string, fields?: LogFields): void;
  info(message: string, fields?: LogFields): void;
  warn(message: string, fields?: LogFields): void;
  error(message: string, fields?: LogFields): void;
  /** One line at `error` with the error's sentence and code; at level debug it also carries the causes and the stack. */
  failure(error: unknown, fields?: LogFields): void;
  child(context: LogContext): Logger;
}

export interface LoggerOptions {
  level: LogLevel;
  format: LogFormat;
  /** Every secret value of the config. */
  secrets: readonly string[];
  clock: Clock;
  /** Where lines go; default stderr. */
  output?: LogOutput;
}

export interface LogOutput {
  write(text: string): unknown;
  isTTY?: boolean;
}

export function createLogger(options: LoggerOptions): Logger {
  const { level, clock } = options;
  const root = pino(
    {
      level,
      base: null,
      timestamp: () => `,"time":"${toIso(clock.now())}"`,
      formatters: { level: (label) => ({ level: label }) },
    },
    { write: lineWriter(options) },
  );
  return loggerOn(root);
}

/** Secrets go first, then the line is made pretty: both formats have the same wall. */
function lineWriter({ format, secrets, output = process.stderr }: LoggerOptions): (line: string) => void {
  const redactor = createRedactor(secrets);
  const isTerminal = output.isTTY === true;
  if (format === "json" || (format === "auto" && !isTerminal)) {
    return (line) => void output.write(redactor.json(line));
  }
  const pretty = pinoPretty.prettyFactory({
    colorize: isTerminal,
    singleLine: true,
    messageFormat: (log, key) => withoutControlCharacters(String(log[key])),
  });
  return (line) => void output.write(pretty(redactor.json(line)));
}

/** A file's name must not move the cursor or forge a line. */
function withoutControlCharacters(text: string): string {
  return text.replace(/\p{Cc}/gu, (char) => `\\x${char.charCodeAt(0).toString(16).padStart(2, "0")}`);
}

function loggerOn(target: PinoLogger): Logger {
  return {
    debug: (message, fields) => target.debug(fields ?? {}, message),
    info: (message, fields) => target.info(fields ?? {}, message),
    warn: (message, fields) => target.warn(fields ?? {}, message),
    error: (message, fields) => target.error(fields ?? {}, message),
    failure: (error, fields) =>
      target.error({ ...fields, ...factsOf(error, target.isLevelEnabled("debug")) }, messageOf(error)),
    child: (context) => loggerOn(target.child(context)),
  };
}

function factsOf(error: unknown, detailed: boolean): LogFields {
  const code = error instanceof HoldfastError ? { code: error.code } : {};
  if (!detailed) return code;
  const stack = error instanceof Error ? { err: { type: error.name, stack: error.stack } } : {};
  return { ...code, causes: causeChain(error).slice(1), ...stack };
}

/** A logger whose lines a test can read. */
import { createLogger, type Logger, type LoggerOptions } from "../../src/observability/logger.ts";
import { FakeClock } from "./fake-clock.ts";

export interface RecordingLog {
  logger: Logger;
  /** Everything written, as it would reach stderr. */
  text(): string;
  /** Each line of the JSON format, parsed. */
  lines(): Record<string, unknown>[];
}

export function recordingLog(options: Partial<LoggerOptions> & { isTTY?: boolean } = {}): RecordingLog {
  let text = "";
  const output = { write: (part: string) => void (text += part), isTTY: options.isTTY ?? false };
  const logger = createLogger({
    level: "debug",
    format: "auto",
    secrets: [],
    clock: new FakeClock("2026-11-20T12:00:00Z"),
    output,
    ...options,
  });
  return {
    logger,
    text: () => text,
    lines: () =>
      text
        .split("\n")
        .filter((line) => line !== "")
        .map((line) => JSON.parse(line) as Record<string, unknown>),
  };
}

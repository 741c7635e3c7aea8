/** Runs one command line: parses it, runs its verb, and turns an error into one sentence and an exit code. */
import { Command, CommanderError } from "commander";
import { causeChain, messageOf } from "../domain/errors.ts";
import { EXIT, exitCodeOf, type ExitCode } from "./exit-codes.ts";
import { write, type Terminal } from "./terminal.ts";
import { TOOL } from "./tool.ts";
import type { Verb, VerbContext } from "./verb.ts";
import { addressOf, addVerbs } from "./verbs.ts";

interface GlobalOptions {
  config?: string;
  state?: string;
  identity?: string[];
  passphraseFile?: string;
  json?: boolean;
  verbose?: boolean;
}

interface Surroundings {
  terminal: Terminal;
  signal: AbortSignal;
  onHangUp: VerbContext["onHangUp"];
}

/** Never throws and never ends the process. */
export async function runCommandLine(args: readonly string[], surroundings: Surroundings): Promise<ExitCode> {
  const invocation = { exitCode: EXIT.done as ExitCode, secrets: new Set<string>() };
  const program = buildProgram(surroundings, invocation);
  try {
    await program.parseAsync(args, { from: "user" });
    return invocation.exitCode;
  } catch (error) {
    if (error instanceof CommanderError) return error.exitCode === 0 ? EXIT.done : EXIT.usage;
    await reportError(surroundings.terminal, error, {
      verbose: args.includes("--verbose") || args.includes("-v"),
      ...invocation,
    });
    return exitCodeOf(error);
  }
}

function buildProgram(
  surroundings: Surroundings,
  invocation: { exitCode: ExitCode; secrets: Set<string> },
): Command {
  const program = new Command("holdfast")
    .description("Backups of a Compose stack that are proven to restore.")
    .version(TOOL.version, "-V, --version")
    .option("-c, --config <file>", "the configuration (default: /etc/holdfast/holdfast.yml)")
    .option("--state <directory>", "history and alert state (default: /var/lib/holdfast)")
    .option("--identity <file>", "decrypts points that are encrypted; may be given again", collect)
    .option("--passphrase-file <file>", "decrypts points that are encrypted with a passphrase")
    .option("--json", "print one JSON document instead of text")
    .option("-v, --verbose", "say more: an error comes with its causes")
    .exitOverride()
    .configureOutput({
      writeOut: (text) => surroundings.terminal.stdout.write(text),
      writeErr: (text) => surroundings.terminal.stderr.write(text),
    })
    .showHelpAfterError("(holdfast --help lists the verbs)");

  addVerbs(program, async (verb, args, options) => {
    const context = contextOf(program.opts<GlobalOptions>(), surroundings, invocation.secrets);
    const from = addressOf(options);
    invocation.exitCode = await (verb as Verb<object, unknown[]>)({ ...context, from }, options, ...args);
  });
  return program;
}

function collect(value: string, before: string[] = []): string[] {
  return [...before, value];
}

function contextOf(
  options: GlobalOptions,
  surroundings: Surroundings,
  secrets: Set<string>,
): Omit<VerbContext, "from"> {
  return {
    ...surroundings,
    secrets,
    configPath: options.config,
    statePath: options.state,
    identityFiles: options.identity ?? [],
    passphraseFile: options.passphraseFile,
    json: options.json ?? false,
    verbose: options.verbose ?? false,
  };
}

async function reportError(
  terminal: Terminal,
  error: unknown,
  { verbose, secrets }: { verbose: boolean; secrets: Set<string> },
): Promise<void> {
  const [, ...causes] = causeChain(error);
  const lines = [
    `holdfast: ${messageOf(error)}`,
    ...(verbose ? causes.map((cause) => `  caused by: ${cause}`) : []),
  ];
  const text = [...secrets].reduce(
    (redacted, secret) => redacted.replaceAll(secret, "***"),
    lines.join("\n"),
  );
  await write(terminal.stderr, `${text}\n`);
}

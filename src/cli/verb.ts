import type { PointsAddress } from "../config/points-address.ts";
import type { ExitCode } from "./exit-codes.ts";
import type { Terminal } from "./terminal.ts";

/** What every verb gets. */
export interface VerbContext {
  terminal: Terminal;
  signal: AbortSignal;
  /** Calls back at each SIGHUP, which otherwise ends the process; gives what ends that. */
  onHangUp: (listener: () => void) => () => void;
  /** `--config` and `--state`, where they were given. */
  configPath: string | undefined;
  statePath: string | undefined;
  /** `--identity` and `--passphrase-file`. */
  identityFiles: readonly string[];
  passphraseFile: string | undefined;
  /** `--from` of a verb that only reads: where recovery points are, instead of a config. */
  from: PointsAddress | undefined;
  json: boolean;
  verbose: boolean;
  /** Values that must not be printed; filled once a config is loaded. */
  secrets: Set<string>;
}

/** Does one verb's work and resolves with the exit code; throws what the user must read. */
export type Verb<Options = object, Args extends unknown[] = []> = (
  context: VerbContext,
  options: Options,
  ...args: Args
) => Promise<ExitCode>;

/** From how a verb's code is loaded to what commander calls. */
export type Action = (load: () => Promise<unknown>) => (...parameters: unknown[]) => Promise<void>;

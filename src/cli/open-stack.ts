/** What most verbs begin with: the config, and the stack wired from it. */
import { hostname, userInfo } from "node:os";
import { resolve } from "node:path";
import type { LoadedConfig } from "../config/loaded-config.ts";
import { composeStack, type Stack } from "../daemon/compose.ts";
import type { GivenKeys } from "../daemon/compose-encryption.ts";
import type { RunObserver } from "../ports/run-observer.ts";
import { openConfigOrAddress, openWholeConfig } from "./open-config.ts";
import { warnLine } from "./terminal.ts";
import { TOOL } from "./tool.ts";
import type { VerbContext } from "./verb.ts";

/** Runs the work on the stack, and closes it whatever happens. */
export async function withStack<T>(
  context: VerbContext,
  work: (stack: Stack) => Promise<T>,
  observers: readonly RunObserver[] = [],
): Promise<T> {
  return withComposed(context, await openWholeConfig(context), work, observers);
}

/** For verbs that only read what the stores hold: they work also where nothing is configured that could be backed up. */
export async function withStores<T>(
  context: VerbContext,
  work: (stack: Stack) => Promise<T>,
  observers: readonly RunObserver[] = [],
): Promise<T> {
  return withComposed(context, await openConfigOrAddress(context), work, observers);
}

async function withComposed<T>(
  context: VerbContext,
  config: LoadedConfig,
  work: (stack: Stack) => Promise<T>,
  observers: readonly RunObserver[],
): Promise<T> {
  const stack = await composeStack({
    config,
    observers,
    tool: TOOL,
    actor: `command:${userName()}@${hostname()}`,
    keys: keysOf(context),
    stateIs: "optional",
    onEvent: ({ text }) => warnLine(context.terminal, text),
  });
  try {
    return await work(stack);
  } finally {
    await stack.settled();
    stack.close();
  }
}

/** Paths as the user means them; a passphrase is asked for once, and only where there is somebody to ask. */
function keysOf({ identityFiles, passphraseFile, terminal }: VerbContext): GivenKeys {
  return {
    identityFiles: identityFiles.map((path) => resolve(path)),
    passphraseFile: passphraseFile === undefined ? undefined : resolve(passphraseFile),
    askPassphrase: () => terminal.ask("Passphrase of the points: ", { secret: true }),
  };
}

/** A user id without a name, as in many containers, is no reason to fail. */
function userName(): string {
  try {
    return userInfo().username;
  } catch {
    return `uid ${process.getuid?.() ?? "unknown"}`;
  }
}

/** What most verbs begin with: the config, and the stack wired from it. */
import { hostname, userInfo } from "node:os";
import { loadConfig } from "../config/load.ts";
import type { LoadedConfig } from "../config/loaded-config.ts";
import { collectSecrets } from "../config/show.ts";
import { composeStack, type Stack } from "../daemon/compose.ts";
import type { RunObserver } from "../ports/run-observer.ts";
import { warnLine } from "./terminal.ts";
import { TOOL } from "./tool.ts";
import type { VerbContext } from "./verb.ts";

/** The config; from here on no secret of it is printed. */
export async function openConfig(context: VerbContext): Promise<LoadedConfig> {
  const config = await loadConfig(context);
  for (const secret of collectSecrets(config)) context.secrets.add(secret);
  return config;
}

/** Runs the work on the stack, and closes it whatever happens. */
export async function withStack<T>(
  context: VerbContext,
  work: (stack: Stack) => Promise<T>,
  observers: readonly RunObserver[] = [],
): Promise<T> {
  const config = await openConfig(context);
  const stack = composeStack({
    config,
    observers,
    tool: TOOL,
    actor: `command:${userName()}@${hostname()}`,
    stateIs: "optional",
    onEvent: (message) => warnLine(context.terminal, message),
  });
  try {
    return await work(stack);
  } finally {
    stack.close();
  }
}

/** A user id without a name, as in many containers, is no reason to fail. */
function userName(): string {
  try {
    return userInfo().username;
  } catch {
    return `uid ${process.getuid?.() ?? "unknown"}`;
  }
}

/** What most verbs begin with: the config, and the stack wired from it. */
import { hostname, userInfo } from "node:os";
import { loadConfig, type LoadRequest } from "../config/load.ts";
import type { LoadedConfig } from "../config/loaded-config.ts";
import { collectSecrets } from "../config/show.ts";
import { composeStack, type Stack } from "../daemon/compose.ts";
import { jobsSeenBefore } from "../daemon/jobs-seen.ts";
import type { RunObserver } from "../ports/run-observer.ts";
import { warnLine } from "./terminal.ts";
import { TOOL } from "./tool.ts";
import type { VerbContext } from "./verb.ts";

/** The config; from here on no secret of it is printed. */
export async function openConfig(
  context: VerbContext,
  request: Pick<LoadRequest, "jobs" | "jobsSeen"> = {},
): Promise<LoadedConfig> {
  const config = await loadConfig({ ...context, ...request });
  for (const secret of collectSecrets(config)) context.secrets.add(secret);
  return config;
}

/** The config for work on the jobs: one that was made of a directory stays one when the directory is lost. */
export async function openWholeConfig(context: VerbContext): Promise<LoadedConfig> {
  const config = await openConfig(context);
  if (!config.isDiscovered) return config;
  const jobsSeen = await jobsSeenBefore(config, { tool: TOOL, signal: context.signal });
  return jobsSeen.length === 0 ? config : openConfig(context, { jobsSeen });
}

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
  return withComposed(context, await openConfig(context, { jobs: "optional" }), work, observers);
}

async function withComposed<T>(
  context: VerbContext,
  config: LoadedConfig,
  work: (stack: Stack) => Promise<T>,
  observers: readonly RunObserver[],
): Promise<T> {
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

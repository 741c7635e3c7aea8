/** `holdfast run`: the daemon. */
import type { LoadedConfig } from "../config/loaded-config.ts";
import { collectSecrets } from "../config/show.ts";
import { runDaemon } from "../daemon/daemon.ts";
import { createLogger } from "../observability/logger.ts";
import { systemClock } from "../observability/system-clock.ts";
import { EXIT } from "./exit-codes.ts";
import { askBefore, loadWholeConfig, reloadingOf, unnamedStack, withoutLabels } from "./open-config.ts";
import { TOOL } from "./tool.ts";
import type { Verb, VerbContext } from "./verb.ts";

/** A daemon that is told to stop has done its work: exit code 0, so that a restart policy does not take it for a crash. */
export const run: Verb = async (context) => {
  const before = await askBefore(context);
  const { facts } = before;
  const config = await loadWholeConfig(context, facts);
  const logger = loggerOf(context, config);
  if (facts.trouble instanceof Error) logger.warn(withoutLabels(facts.trouble));
  if (!config.isNamed) logger.warn(unnamedStack(config.stack));
  await runDaemon({
    ...{ config, tool: TOOL, signal: context.signal },
    loggerOf: (of) => loggerOf(context, of),
    reloading: reloadingOf(context, before),
  });
  return EXIT.done;
};

/** Keeps out of the log what this config, or any before it, has of secrets. */
function loggerOf({ verbose, terminal, secrets }: VerbContext, config: LoadedConfig) {
  return createLogger({
    ...config.log,
    ...(verbose ? { level: "debug" as const } : {}),
    secrets: [...new Set([...secrets, ...collectSecrets(config)])],
    clock: systemClock,
    output: terminal.stderr,
  });
}

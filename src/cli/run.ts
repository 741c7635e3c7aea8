/** `holdfast run`: the daemon. */
import { collectSecrets } from "../config/show.ts";
import { runDaemon } from "../daemon/daemon.ts";
import { createLogger } from "../observability/logger.ts";
import { systemClock } from "../observability/system-clock.ts";
import { EXIT } from "./exit-codes.ts";
import { openWholeConfig, unnamedStack } from "./open-config.ts";
import { TOOL } from "./tool.ts";
import type { Verb } from "./verb.ts";

/** A daemon that is told to stop has done its work: exit code 0, so that a restart policy does not take it for a crash. */
export const run: Verb = async (context) => {
  const config = await openWholeConfig(context);
  const logger = createLogger({
    ...config.log,
    ...(context.verbose ? { level: "debug" as const } : {}),
    secrets: collectSecrets(config),
    clock: systemClock,
    output: context.terminal.stderr,
  });
  if (!config.isNamed) logger.warn(unnamedStack(config.stack));
  await runDaemon({ config, logger, tool: TOOL, signal: context.signal });
  return EXIT.done;
};

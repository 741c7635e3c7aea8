/** `holdfast config check | show`. */
import { printConfig, redactedConfig } from "../config/show.ts";
import { recentWindowWarnings } from "../config/recent-windows.ts";
import { storageClassWarnings } from "../config/storage-classes.ts";
import { formatCount } from "../domain/human-text.ts";
import { systemClock } from "../observability/system-clock.ts";
import { EXIT } from "./exit-codes.ts";
import { openConfig } from "./open-config.ts";
import { printJson, printLine, warnLine, write } from "./terminal.ts";
import type { Verb } from "./verb.ts";

/** What is wrong comes as the error that loading throws, with exit code 2. */
export const checkConfig: Verb = async (context) => {
  const config = await openConfig(context);
  const { origin, jobs: single, stackJobs, stores, stack } = config;
  const now = systemClock.now();
  const warnings = [...storageClassWarnings(config, now), ...recentWindowWarnings(config, now)];
  for (const warning of warnings) warnLine(context.terminal, warning);
  const jobs = [...single, ...stackJobs];
  if (context.json)
    await printJson(context.terminal, { origin, stack, jobs: jobs.length, stores: stores.length, warnings });
  else
    await printLine(
      context.terminal,
      `The config (${origin}) is good: stack ${stack}, ${formatCount(jobs.length, "job")}, ${formatCount(stores.length, "store")}.`,
    );
  return EXIT.done;
};

export const showConfig: Verb = async (context) => {
  const config = await openConfig(context);
  if (context.json) await printJson(context.terminal, redactedConfig(config));
  else await write(context.terminal.stdout, printConfig(config));
  return EXIT.done;
};

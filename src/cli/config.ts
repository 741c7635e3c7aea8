/** `holdfast config check | show`. */
import { printConfig, redactedConfig } from "../config/show.ts";
import { formatCount } from "../domain/human-text.ts";
import { EXIT } from "./exit-codes.ts";
import { openConfig } from "./open-config.ts";
import { printJson, printLine, write } from "./terminal.ts";
import type { Verb } from "./verb.ts";

/** What is wrong comes as the error that loading throws, with exit code 2. */
export const checkConfig: Verb = async (context) => {
  const { origin, jobs: single, stackJobs, stores, stack } = await openConfig(context);
  const jobs = [...single, ...stackJobs];
  if (context.json)
    await printJson(context.terminal, { origin, stack, jobs: jobs.length, stores: stores.length });
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

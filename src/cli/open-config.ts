/** The config, from its file and from the labels of the stack's services. */
import { configText, engineSettings, loadConfig, type LoadRequest } from "../config/load.ts";
import type { LoadedConfig } from "../config/loaded-config.ts";
import { collectSecrets } from "../config/show.ts";
import { createRuntime } from "../daemon/compose-adapters.ts";
import type { Reloading } from "../daemon/reloading.ts";
import { assertNamed, askStackFacts, type StackFacts } from "../daemon/stack-facts.ts";
import { lookAtVolumes, withLostVolumes, withStackJobs } from "../daemon/stack-volumes.ts";
import { systemClock } from "../observability/system-clock.ts";
import { warnLine } from "./terminal.ts";
import { TOOL } from "./tool.ts";
import type { VerbContext } from "./verb.ts";

type Known = Pick<StackFacts, "project" | "labels" | "trouble">;

/** The config; from here on no secret of it is printed. */
export async function openConfig(
  context: VerbContext,
  request: Pick<LoadRequest, "jobs"> = {},
): Promise<LoadedConfig> {
  return load(context, { ...request, ...(await knownOfStack(context)) });
}

/** For verbs that only read: the config, or what `--from` names. */
export async function openConfigOrAddress(context: VerbContext): Promise<LoadedConfig> {
  if (context.from === undefined) return openConfig(context, { jobs: "optional" });
  return load(context, { from: context.from });
}

/** The config for work on the jobs: one that was made of a directory stays one when the directory is lost. */
export async function openWholeConfig(context: VerbContext): Promise<LoadedConfig> {
  return loadWholeConfig(context, await knownOfStack(context));
}

/** The same where it is known what the engine says. */
export async function loadWholeConfig(context: VerbContext, known: Known): Promise<LoadedConfig> {
  const config = await load(context, known);
  if (!config.isDiscovered) return withVolumeJobs(config, context.signal);
  const { jobsSeenBefore } = await import("../daemon/jobs-seen.ts");
  const jobsSeen = await jobsSeenBefore(config, { tool: TOOL, signal: context.signal });
  return jobsSeen.length === 0 ? config : load(context, { ...known, jobsSeen });
}

/** Who only checks the config, or reads what the stores hold, asks no engine for this: it may be gone with the stack. */
async function withVolumeJobs(config: LoadedConfig, signal: AbortSignal): Promise<LoadedConfig> {
  if (config.stackJobs.length === 0) return config;
  const { recordsSeenBefore } = await import("../daemon/jobs-seen.ts");
  const seen = await lookAtVolumes(createRuntime(config.engine), config, signal);
  const whole = withStackJobs(config, seen);
  return withLostVolumes(whole, seen, await recordsSeenBefore(whole, { tool: TOOL, signal }));
}

/** The file's own, for a verb that asks nothing that labels can say. */
export async function openConfigFile(context: VerbContext): Promise<LoadedConfig> {
  return load(context, { jobs: "optional" });
}

function askEngine(signal: AbortSignal): Promise<StackFacts> {
  const { engine, project } = engineSettings();
  return askStackFacts({ runtime: createRuntime(engine), clock: systemClock, named: project, signal });
}

/** What the config in effect is loaded from. */
type Before = Reloading["before"];

export async function askBefore({ configPath, signal }: VerbContext): Promise<Before> {
  return { text: await configText({ configPath }), facts: await askEngine(signal) };
}

/** For a daemon, which takes up another config while it runs. */
export function reloadingOf(context: VerbContext, before: Before): Reloading {
  const runtime = createRuntime(engineSettings().engine);
  return {
    before,
    ask: askEngine,
    load: (facts) => loadWholeConfig(context, facts),
    read: () => configText({ configPath: context.configPath }),
    follow: (project, onChange, signal) => runtime.watch({ project }, onChange, signal),
    onHangUp: context.onHangUp,
  };
}

async function knownOfStack({ terminal, signal }: VerbContext): Promise<Known> {
  const { project, labels, trouble } = await askEngine(signal);
  if (trouble instanceof Error) warnLine(terminal, withoutLabels(trouble));
  return { project, labels, trouble };
}

export function withoutLabels(trouble: Error): string {
  return `What services say in labels is not known: ${trouble.message}`;
}

export function unnamedStack(name: string): string {
  return `Nothing names the stack, so it is called ${name}, as every other such stack in the same stores: set \`stack\` in the config file, or COMPOSE_PROJECT_NAME.`;
}

async function load(
  context: VerbContext,
  { trouble, ...request }: LoadRequest & Partial<Pick<Known, "trouble">>,
): Promise<LoadedConfig> {
  const { configPath, statePath } = context;
  const config = await loadConfig({ configPath, statePath, ...request });
  assertNamed(config, trouble);
  for (const secret of collectSecrets(config)) context.secrets.add(secret);
  return config;
}

/** `holdfast doctor`: is everything there that backups and restores will need? */
import { inspectEngine } from "../app/inspect-engine.ts";
import { inspectEncryption } from "../app/inspect-encryption.ts";
import { unfinishedRecovery } from "../app/recover/unfinished-recovery.ts";
import { inspectSource, inspectStore, type Finding, type StoreUse } from "../app/run-doctor.ts";
import { recentWindowWarnings } from "../config/recent-windows.ts";
import { storageClassWarnings } from "../config/storage-classes.ts";
import { formatCount } from "../domain/human-text.ts";
import { directoryOf } from "../config/loaded-config.ts";
import type { Stack } from "../daemon/compose.ts";
import { messageOf } from "../domain/errors.ts";
import { inspectAddress } from "./inspect-address.ts";
import { EXIT } from "./exit-codes.ts";
import { unnamedStack } from "./open-config.ts";
import { withStack } from "./open-stack.ts";
import { formatTable } from "./table.ts";
import { printJson, printLine } from "./terminal.ts";
import type { Verb } from "./verb.ts";

export const doctor: Verb<{ store?: string }> = async (context, options) => {
  const findings = await withStack(context, async (stack) => {
    const stores = options.store === undefined ? stack.stores : [stack.store(options.store)];
    const ofStores = await Promise.all(
      stores.map((store) =>
        inspectStore(stack.context, store, { use: useOf(stack, store.name), signal: context.signal }),
      ),
    );
    const others = options.store === undefined ? await inspectTheRest(stack, context.signal) : [];
    return [...others, ...ofStores.flat(), ...classFindings(stack, stores)];
  });
  if (context.json) await printJson(context.terminal, { findings });
  else await printLine(context.terminal, formatTable(findings, COLUMNS));
  if (findings.some(({ verdict }) => verdict === "failed")) return EXIT.failed;
  return findings.some(({ verdict }) => verdict === "warning") ? EXIT.partial : EXIT.done;
};

const COLUMNS = [
  { title: "CHECK", value: ({ about }: Finding) => about },
  { title: "VERDICT", value: ({ verdict }: Finding) => verdict },
  { title: "RESULT", value: ({ message }: Finding) => message },
];

async function inspectTheRest(stack: Stack, signal: AbortSignal): Promise<Finding[]> {
  const settled = await settleFindings(stack);
  const sources = await Promise.all(
    stack.jobs.map(({ job, source }) => inspectSource(job.name, source, signal)),
  );
  return [
    configFinding(stack),
    ...nameFindings(stack),
    ...windowFindings(stack),
    stateFinding(stack),
    ...(await inspectAddress(stack.config, signal)),
    ...(await inspectEncryption(stack.context)),
    ...placeFindings(stack),
    ...(await engineFindings(stack, signal)),
    ...(await volumeFindings(stack, signal)),
    ...channelFindings(stack),
    ...settled,
    ...sources.flat(),
    ...(await configCopyFindings(stack, signal)),
    ...(await recoveryFindings(stack)),
  ];
}

async function recoveryFindings({ recoveries }: Stack): Promise<Finding[]> {
  const message = await unfinishedRecovery(recoveries).catch(messageOf);
  return message === undefined ? [] : [{ about: "recovery", verdict: "warning", message }];
}

/** Only of what the backups of the config lack. */
async function configCopyFindings({ configJob }: Stack, signal: AbortSignal): Promise<Finding[]> {
  const missing = (await configJob?.source.inspect(signal)) ?? [];
  return missing.map((message) => ({ about: "config in backups", verdict: "warning", message }));
}

/** A source half of which a killed restore replaced is put right before it is looked at. */
async function settleFindings({ jobs }: Stack): Promise<Finding[]> {
  const findings: Finding[] = [];
  for (const { job, settle } of jobs) {
    const about = `source of job ${job.name}`;
    try {
      const sentences = await settle();
      findings.push(...sentences.map((message): Finding => ({ about, verdict: "warning", message })));
    } catch (error) {
      findings.push({ about, verdict: "failed", message: messageOf(error) });
    }
  }
  return findings;
}

function useOf({ config, jobs }: Stack, store: string): StoreUse {
  const goingThere = jobs.filter(({ job }) => job.stores.includes(store)).map(({ job }) => job.name);
  const options = config.stores.find(({ name }) => name === store)?.options;
  const isPrunedElsewhere = options?.pruning === "elsewhere";
  return { jobs: goingThere, diskLow: config.alerts.diskLow, isPrunedElsewhere };
}

/** The daemon refuses to start without a state that it can write: it would lose its alerts. */
function stateFinding(stack: Stack): Finding {
  const about = "state";
  try {
    stack.inspectState();
    return { about, verdict: "ok", message: `${stack.config.stateDirectory} can be written.` };
  } catch (error) {
    return { about, verdict: "failed", message: messageOf(error) };
  }
}

function configFinding({ config, jobs, stores }: Stack): Finding {
  const amount = `${formatCount(jobs.length, "job")}, ${formatCount(stores.length, "store")}`;
  const message = `${config.origin}: ${amount}, times in ${config.timezone}.`;
  return { about: "config", verdict: "ok", message };
}

function nameFindings({ config }: Stack): Finding[] {
  return config.isNamed ? [] : [{ about: "config", verdict: "warning", message: unnamedStack(config.stack) }];
}

function classFindings({ config, context }: Stack, stores: readonly { name: string }[]): Finding[] {
  const looked = config.stores.filter(({ name }) => stores.some((store) => store.name === name));
  const warnings = storageClassWarnings({ ...config, stores: looked }, context.clock.now());
  return warnings.map((message) => ({ about: "storage class", verdict: "warning", message }));
}

function windowFindings({ config, context }: Stack): Finding[] {
  const warnings = recentWindowWarnings(config, context.clock.now());
  return warnings.map((message) => ({ about: "modifiedWithin", verdict: "warning", message }));
}

function channelFindings({ notifiers }: Stack): Finding[] {
  if (notifiers.length > 0) {
    const message = `${notifiers.map(({ name }) => name).join(", ")}: \`holdfast notify test\` sends a message.`;
    return [{ about: "alerts", verdict: "ok", message }];
  }
  const message = "No channel is configured: nobody is told when a backup goes stale.";
  return [{ about: "alerts", verdict: "warning", message }];
}

function engineFindings(stack: Stack, signal: AbortSignal): Promise<Finding[]> {
  const { runtime, config, context } = stack;
  const jobs = stack.jobs.map(({ job }) => job);
  return inspectEngine({ runtime, project: config.project, clock: context.clock, jobs, signal });
}

/** A stack whose engine cannot be asked has no volumes that we know of; sources that need it say so themselves. */
async function volumeFindings(stack: Stack, signal: AbortSignal): Promise<Finding[]> {
  const unprotected = await stack.unprotectedVolumes(signal).catch(() => []);
  signal.throwIfAborted();
  return unprotected.map((name): Finding => {
    const next = "back it up, or name it in the `exclude` of a `kind: stack` source";
    return { about: "volumes", verdict: "warning", message: `No job backs up volume ${name}: ${next}.` };
  });
}

/** A store inside a source would back itself up, larger each time. */
function placeFindings({ config }: Stack): Finding[] {
  const stores = config.stores.flatMap(({ name, options }) =>
    options.kind === "local" ? [{ name, path: options.path }] : [],
  );
  return config.jobs.flatMap(({ job, source }) => {
    const captured = directoryOf(source);
    return stores
      .filter(
        ({ path }) => captured !== undefined && `${path}/`.startsWith(`${captured.replace(/\/+$/, "")}/`),
      )
      .map(({ name, path }): Finding => {
        const message = `Store ${name} (${path}) lies within ${captured}, which the job backs up: exclude it or move the store.`;
        return { about: `source of job ${job.name}`, verdict: "warning", message };
      });
  });
}

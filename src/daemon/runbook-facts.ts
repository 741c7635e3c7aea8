/** Gathers what a runbook is written from: the config, the status, and what the container engine tells of the stack. */
import { mountHolding } from "../app/one-off/own-mounts.ts";
import type { StackStatus } from "../app/read-status.ts";
import type {
  RunbookCompose,
  RunbookEncryption,
  RunbookFacts,
  RunbookJob,
  RunbookService,
} from "../app/runbook/facts.ts";
import { within } from "../app/within.ts";
import type { EncryptionOptions } from "../config/encryption.ts";
import type { ConfiguredJob } from "../config/loaded-config.ts";
import { describePolicy } from "../domain/describe-policy.ts";
import { SECOND } from "../domain/instant.ts";
import { retentionIn } from "../domain/retention-in.ts";
import type { Container } from "../ports/container-runtime.ts";
import type { Stack } from "./compose.ts";
import { composeFilesOf } from "./compose-files.ts";
import { COMPOSE_PLACE } from "./describe-stack.ts";
import { drillOfJob } from "./compose-drills.ts";
import { runbookStores } from "./runbook-places.ts";

/** An engine that takes longer is taken for none. */
const ASK_LIMIT = 10 * SECOND;

/** What Compose calls it where nothing says. */
const USUAL_NAME = "backup";

export async function runbookFacts(
  stack: Stack,
  status: StackStatus,
  signal: AbortSignal,
): Promise<RunbookFacts> {
  const { config, configJob } = stack;
  const engine = await seenOf(stack, signal);
  return {
    status,
    jobs: config.jobs.map((job) => jobOf(job, stack, engine)),
    stores: runbookStores(config, engine?.own),
    services: engine && servicesOf(engine.containers),
    sidecar: engine?.own?.compose?.service ?? USUAL_NAME,
    image: engine?.own?.imageName,
    compose: await composeOf(engine),
    timezone: config.timezone,
    configFile: config.configFile,
    encryption: encryptionOf(config.encryption),
    hasToken: config.http.token !== undefined,
    channels: config.alerts.channels.map(({ name }) => name),
    hasDisks: config.snapshotStores.length > 0,
    configJob: configJob?.job.name,
  };
}

function encryptionOf(options: EncryptionOptions | undefined): RunbookEncryption | undefined {
  const of = options?.gpg ?? options?.age;
  if (options === undefined || of === undefined) return undefined;
  // With a public key of gpg it is that of the private key.
  const isSymmetric = of.passphraseFile !== undefined && options.gpg?.publicKeyFile === undefined;
  return {
    kind: options.gpg === undefined ? "age" : "gpg",
    opensBy: isSymmetric ? "passphrase" : "identity",
    isHere: isSymmetric || of.identityFile !== undefined,
  };
}

async function composeOf(engine: Engine | undefined): Promise<RunbookCompose | undefined> {
  const project = [engine?.own, ...(engine?.containers ?? [])].find((one) => one?.compose)?.compose?.project;
  if (engine === undefined || project === undefined) return undefined;
  const { workingDirectory, files } = await composeFilesOf(engine, { fallback: COMPOSE_PLACE });
  if (workingDirectory === undefined) return undefined;
  return { project, directory: workingDirectory, files: files.map(({ path }) => path) };
}

interface Engine {
  own: Container | undefined;
  /** Of the project, without ours and those of one-off commands. */
  containers: readonly Container[];
}

async function seenOf({ runtime, context, config }: Stack, signal: AbortSignal): Promise<Engine | undefined> {
  const { clock } = context;
  const what = "Asking the container engine for the services of the stack";
  try {
    return await within({ clock, signal, what, limit: ASK_LIMIT }, async (both) => {
      const own = await runtime.ownContainer(both);
      const project = own?.compose?.project ?? config.project;
      const all = await runtime.containers({ project }, both);
      return {
        own,
        containers: all.filter(({ id, compose }) => id !== own?.id && compose?.oneOff === false),
      };
    });
  } catch {
    signal.throwIfAborted();
    return undefined;
  }
}

function servicesOf(containers: readonly Container[]): RunbookService[] {
  const byService = new Map(
    containers.flatMap(({ compose, image, imageName = image }) =>
      compose === undefined ? [] : [[compose.service, imageName]],
    ),
  );
  return [...byService]
    .map(([name, image]) => ({ name, image }))
    .toSorted((a, b) => (a.name < b.name ? -1 : 1));
}

function jobOf(configured: ConfiguredJob, stack: Stack, engine: Engine | undefined): RunbookJob {
  const { job, source } = configured;
  const { what, services } = dataOf(configured, engine);
  const policies = [...new Set(job.stores.map((store) => describePolicy(retentionIn(job, store))))];
  return {
    name: job.name,
    shape: shapeOf(source.kind),
    ...{ what, services, stores: job.stores },
    retention: policies.join("; "),
    canRestoreInPlace: source.kind === "volume" || stack.job(job.name).dumps !== undefined,
    canDrill: drillOfJob(stack, job.name) !== undefined,
  };
}

function shapeOf(kind: ConfiguredJob["source"]["kind"]): RunbookJob["shape"] {
  if (kind === "gce-disk") return "disk";
  if (kind === "cloud-sql") return "managed";
  return kind === "volume" || kind === "container" ? "files" : "dump";
}

function dataOf(
  { source }: ConfiguredJob,
  engine: Engine | undefined,
): Pick<RunbookJob, "what" | "services"> {
  if (source.kind === "volume") {
    const { path, volume } = source;
    if (path === undefined)
      return { what: `volume ${volume ?? ""}`, services: usersOf(volume, undefined, engine) };
    const mount = mountHolding(engine?.own?.mounts ?? [], path);
    const from = mount?.volume === undefined ? `${mount?.source ?? path}` : `volume ${mount.volume}`;
    return { what: from, services: usersOf(mount?.volume, mount?.source, engine) };
  }
  const service = "service" in source ? source.service : undefined;
  return {
    what: service === undefined ? source.kind : `${source.kind} in service ${service}`,
    services: service === undefined ? [] : [service],
  };
}

/** Services that have the volume, or the directory of the host, mounted. */
function usersOf(
  volume: string | undefined,
  directory: string | undefined,
  engine: Engine | undefined,
): string[] {
  const has = ({ mounts }: Container) =>
    mounts.some((mount) =>
      volume === undefined
        ? directory !== undefined && mount.source === directory
        : mount.volume === volume || mount.volume?.endsWith(`_${volume}`) === true,
    );
  const users = (engine?.containers ?? []).filter(has).flatMap(({ compose }) => compose?.service ?? []);
  return [...new Set(users)].sort();
}

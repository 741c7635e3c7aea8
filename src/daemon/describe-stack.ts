/** Collects what a stack is made of beside its data: its config, its Compose files where they can be read, what its jobs stand for. */
import { readFile } from "node:fs/promises";
import { basename } from "node:path";
import { mountHolding } from "../app/one-off/own-mounts.ts";
import { copyOfCompose, distinct } from "../config/copies/copy-of-compose.ts";
import { copyOfConfig } from "../config/copies/copy-of-config.ts";
import type { FileCopy } from "../config/copies/copy-of-compose.ts";
import { configFileText } from "../config/load.ts";
import { directoryOf, type ConfiguredJob, type LoadedConfig } from "../config/loaded-config.ts";
import { whyUnreadable } from "../config/files.ts";
import { HoldfastError, messageOf } from "../domain/errors.ts";
import type { CopiedFile, DescribedJob, LeftOut, StackDescription } from "../domain/stack-facts.ts";
import type { Container, ContainerRuntime, Volume } from "../ports/container-runtime.ts";
import { composeFilesOf, pathOnHost } from "./compose-files.ts";

export interface DescribedStack {
  description: StackDescription;
  /** Text by path in the point. */
  files: Map<string, string>;
  /** One sentence for each thing that is not in them, and how it comes there. */
  missing: string[];
  /** What the engine would tell is not known. */
  isWithoutEngine: boolean;
}

/** Where the Compose files are put when nothing else tells of them. */
export const COMPOSE_PLACE = "/compose";
/** In the point. */
export const DESCRIPTION = "stack.json";
export const CONFIG_COPY = "holdfast.yml";

interface Seen {
  own: Container | undefined;
  containers: readonly Container[];
  volumes: readonly Volume[];
  /** Why the engine tells nothing. */
  trouble: string | undefined;
}

/** Without an engine it is less, and `missing` says so. */
export async function describeStack(
  config: LoadedConfig,
  runtime: ContainerRuntime,
  signal: AbortSignal,
): Promise<DescribedStack> {
  const seen = await lookAround(config, runtime, signal);
  const files = new Map<string, string>();
  const missing: string[] = [];
  const secrets: LeftOut[] = [];
  const keep = (file: { path: string; copy: string }, made: FileCopy | undefined): CopiedFile => {
    if (made === undefined) {
      missing.push(`${file.path} is no YAML, so nobody knows what is secret in it: it is not in the backup.`);
      return { path: file.path };
    }
    files.set(file.copy, made.text);
    secrets.push(...made.leftOut);
    return file;
  };
  const ofConfig = await configFileText({ configPath: config.configFile });
  const configFile =
    ofConfig && keep({ path: ofConfig.path, copy: CONFIG_COPY }, copyOfConfig(ofConfig.text));
  const compose = await composeFilesOf(seen, { fallback: COMPOSE_PLACE });
  const composeFiles: CopiedFile[] = [];
  for (const [index, file] of compose.files.entries()) {
    const text = await textOf(file, seen.own);
    if (typeof text === "string") {
      const copy = `compose/${index + 1}-${basename(file.path)}`;
      composeFiles.push(keep({ path: file.path, copy }, copyOfCompose(text)));
    } else {
      composeFiles.push({ path: file.path });
      missing.push(text.missing);
    }
  }
  if (compose.files.length === 0) missing.push(noComposeFile(seen.trouble));
  const description: StackDescription = {
    ...{ format: 1, stack: config.stack, project: seen.own?.compose?.project ?? config.project },
    service: seen.own?.compose?.service,
    ...{ workingDirectory: compose.workingDirectory, composeFiles },
    configFile: configFile && { ...configFile, onHost: pathOnHost(seen.own, configFile.path) },
    secrets: distinct(secrets),
    jobs: config.jobs.map((job) => describedJob(job, seen)),
    volumes: seen.volumes.map(({ name, key, driver }) => ({ name, key, driver })),
  };
  files.set(DESCRIPTION, `${JSON.stringify(description, null, 2)}\n`);
  return { description, files, missing, isWithoutEngine: seen.trouble !== undefined };
}

async function lookAround(
  { project: fallback }: LoadedConfig,
  runtime: ContainerRuntime,
  signal: AbortSignal,
): Promise<Seen> {
  try {
    const own = await runtime.ownContainer(signal);
    const project = own?.compose?.project ?? fallback;
    const containers = await runtime.containers({ project }, signal);
    const volumes = await runtime.volumes({ project }, signal).catch(() => []);
    return { own, containers, volumes: sorted(volumes), trouble: undefined };
  } catch (error) {
    if (signal.aborted) throw error;
    const trouble = error instanceof HoldfastError ? error.facts.why : messageOf(error);
    return { own: undefined, containers: [], volumes: [], trouble };
  }
}

/** So that what is the same reads the same. */
function sorted(volumes: readonly Volume[]): Volume[] {
  return volumes.toSorted((a, b) => (a.name < b.name ? -1 : 1));
}

async function textOf(
  { path, here }: { path: string; here: string | undefined },
  own: Container | undefined,
): Promise<string | { missing: string }> {
  const readable = here ?? (own === undefined ? path : undefined);
  if (readable === undefined) {
    const advice = `add \`- ${path}:${COMPOSE_PLACE}/${basename(path)}:ro\` to the volumes of its service`;
    return {
      missing: `The Compose file ${path} is on no mount of Holdfast, so it is not in the backup: ${advice}.`,
    };
  }
  try {
    return await readFile(readable, "utf8");
  } catch (error) {
    return { missing: `The Compose file ${path} is not in the backup: ${whyUnreadable(error)}.` };
  }
}

function noComposeFile(trouble: string | undefined): string {
  const why =
    trouble === undefined ? "no container of the stack names one" : `no engine can be asked (${trouble})`;
  return `No Compose file is in the backup, as ${why}: mount it below ${COMPOSE_PLACE}.`;
}

/** Where the data of a job is, in words that hold on another machine. */
function describedJob({ job, source }: ConfiguredJob, { own, volumes }: Seen): DescribedJob {
  const of = { job: job.name, kind: source.kind };
  if (source.kind !== "volume") return of;
  const { volume: named } = source;
  if (named !== undefined) {
    const found = volumes.find(({ name, key }) => name === named || key === named);
    return { ...of, volume: found?.name ?? named };
  }
  const path = directoryOf(source);
  if (path === undefined) return of;
  const mount = mountHolding(own?.mounts ?? [], path);
  if (mount?.volume === undefined) return { ...of, path };
  const below = path.slice(mount.destination.length).replace(/^\//, "");
  return { ...of, path, volume: mount.volume, ...(below === "" ? {} : { below }) };
}

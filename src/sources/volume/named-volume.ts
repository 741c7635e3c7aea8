/** A volume by its name: through its mount where this container has one, through a one-off container where it has none. */
import { HoldfastError, hasCode } from "../../domain/errors.ts";
import type { CommandEnd, ContainerRuntime, Volume } from "../../ports/container-runtime.ts";
import type { OneOffs } from "../../ports/one-off.ts";
import type { ProcessTable } from "../../ports/process-identity.ts";
import type { CaptureRequest, CaptureSummary, Source } from "../../ports/source.ts";
import { contains } from "../../archive/restore/mount-table.ts";
import { orderOf } from "./stream/capture-order.ts";
import { hasKeys, leaveKeys } from "./stream/keys-file.ts";
import { HoldDesk } from "./stream/hold-desk.ts";
import { FrameReader, summaryOf, type StreamEnd } from "./stream/read-frames.ts";
import type { DirectoryOptions } from "./options.ts";

export interface NamedVolumeContext {
  job: string;
  /** The Compose project, where this process runs in none. */
  project: string;
  runtime: ContainerRuntime;
  oneOffs: OneOffs;
  /** Directory for copies of databases. */
  scratch: string;
  processes: ProcessTable;
  /** Captures a directory of this container. */
  directory: (options: DirectoryOptions) => Source;
}

export type NamedVolumeOptions = Omit<DirectoryOptions, "path"> & {
  /** Its key in the Compose file, or its full name. */
  volume: string;
};

/** Where a named volume can be read. */
export interface VolumePlace {
  /** Its full name. */
  name: string;
  /** In the Compose file; undefined of one that Compose did not make. */
  key: string | undefined;
  /** Its mount in this container; undefined where it is not mounted. */
  path: string | undefined;
}

export function createNamedVolumeSource(options: NamedVolumeOptions, context: NamedVolumeContext): Source {
  const { volume, ...rest } = options;
  return {
    kind: "volume",
    holdsItself: true,
    async capture(request) {
      const { name, key, path } = await placeOfVolume(volume, context, request.signal);
      const summary =
        path === undefined
          ? await captureElsewhere(name, rest, { context, request })
          : await context.directory({ ...rest, path }).capture(request);
      return { ...summary, capture: { ...summary.capture, volume: name, volumeKey: key } };
    },
    async inspect(signal) {
      const { path } = await placeOfVolume(volume, context, signal);
      return path === undefined ? [] : context.directory({ ...rest, path }).inspect(signal);
    },
  };
}

/** Throws `source`, naming the volumes of the project, where there is none of that name. */
export async function placeOfVolume(
  wanted: string,
  { runtime, project: fallback }: Pick<NamedVolumeContext, "runtime" | "project">,
  signal: AbortSignal,
): Promise<VolumePlace> {
  const own = await runtime.ownContainer(signal);
  const project = own?.compose?.project ?? fallback;
  const volumes = await runtime.volumes({}, signal);
  const ofProject = volumes.filter((volume) => volume.project === project);
  const found =
    ofProject.find(({ key }) => key === wanted) ?? volumes.find((volume) => volume.name === wanted);
  if (found === undefined) throw unknown(wanted, project, ofProject);
  const mount = own?.mounts.find(({ kind, volume }) => kind === "volume" && volume === found.name);
  return { name: found.name, key: found.key, path: mount?.destination };
}

function unknown(wanted: string, project: string, ofProject: readonly Volume[]): HoldfastError {
  const names = ofProject.map(({ key, name }) => key ?? name).sort();
  return new HoldfastError("source", {
    what: `Finding volume ${wanted}`,
    why: `project ${project} has no volume of that name, and the engine none`,
    next: names.length === 0 ? "the project has no named volumes at all" : `name one of: ${names.join(", ")}`,
  });
}

interface Capture {
  context: NamedVolumeContext;
  request: CaptureRequest;
}

/** Where the other container cannot be answered, nobody is held for only a part of its capture. */
async function captureElsewhere(
  name: string,
  options: Omit<DirectoryOptions, "path">,
  { context, request }: Capture,
): Promise<CaptureSummary> {
  const { hold, freezerOf, ...bare } = request;
  if (hold === undefined && freezerOf === undefined && !hasKeys(options)) {
    return captureInOneOff(name, options, { context, request });
  }
  const desk = await openDesk(name, { context, request });
  if (desk !== undefined) {
    try {
      return await captureInOneOff(name, options, { context, request, desk });
    } finally {
      await desk.close();
    }
  }
  if (hold === undefined) return captureInOneOff(name, options, { context, request: bare });
  const { value, heldMs } = await hold((signal) =>
    captureInOneOff(name, options, { context, request: { ...bare, signal } }),
  );
  return { ...value, capture: { ...value.capture, heldMs } };
}

/** Undefined where the other container has no directory of ours, or we can make none in it. */
async function openDesk(volume: string, { context, request }: Capture): Promise<HoldDesk | undefined> {
  const { runtime, scratch, processes } = context;
  const own = await runtime.ownContainer(request.signal);
  const isShared = own?.mounts.some(
    ({ kind, destination }) => (kind === "volume" || kind === "bind") && contains(destination, scratch),
  );
  if (isShared !== true) return undefined;
  // A full or broken state volume keeps nobody from being backed up.
  return HoldDesk.open({ volume, scratch, processes, request }).catch(() => undefined);
}

async function captureInOneOff(
  name: string,
  options: Omit<DirectoryOptions, "path">,
  { context, request, desk }: Capture & { desk?: HoldDesk },
): Promise<CaptureSummary> {
  const path = `/source/${name}`;
  const { onProgress, onDatabase, hold, signal } = request;
  const reader = new FrameReader({
    openObject: (object) => request.openObject(object),
    ...{ onProgress, onDatabase, onHold: (message) => desk?.take(message) },
  });
  const holds = desk && { directory: desk.directory, ofJob: hold !== undefined };
  const keys = desk && (await leaveKeys(desk.directory, options));
  const order = orderOf({ ...options, path }, request, { scratch: context.scratch, holds, keys });
  const end = await context.oneOffs
    .run(
      {
        ...{ job: context.job, purpose: "capture", capabilities: ["DAC_READ_SEARCH"] },
        arguments: ["capture-stream", JSON.stringify(order)],
        mounts: [{ kind: "volume", source: name, destination: path, writable: false }],
        writable: [context.scratch],
        visible: request.base === undefined ? [] : [request.base.indexPath],
      },
      { stdout: reader },
      desk === undefined ? signal : AbortSignal.any([signal, desk.broken]),
    )
    .catch((error: unknown) => {
      desk?.broken.throwIfAborted();
      throw hasCode(error, "not-found") ? cutOff(name, "was removed while it did", error) : error;
    });
  if (reader.end === undefined) throw cutOff(name, howItEnded(end));
  if (isCancelled(reader.end)) throw cutOff(name, "was stopped while it did");
  return summaryOf(reader.end);
}

/** By a signal to that container: this run was not cancelled. */
function isCancelled(end: StreamEnd): boolean {
  return end.type === "failed" && end.code === "cancelled";
}

/** 128 and the number of SIGKILL. */
const KILLED = 137;

function howItEnded({ exitCode, lastWords }: CommandEnd): string {
  if (exitCode === KILLED) return "was killed (exit code 137), by somebody or for lack of memory";
  const said = lastWords === "" ? "" : `: ${lastWords}`;
  return `ended too early with exit code ${exitCode}${said}`;
}

function cutOff(name: string, what: string, cause?: unknown): HoldfastError {
  return new HoldfastError("source", {
    what: `Capturing volume ${name}`,
    why: `the container that read it ${what}`,
    next: "look at the engine's log and the machine's free memory, then run the job again",
    cause,
  });
}

/** Runs a command of the application's own over a restored tree, in a container of its image. */
import type { MountedSource } from "../restore-in-stack/mounted-source.ts";
import { contains } from "../../archive/restore/mount-table.ts";
import type { CommandCheck } from "../../domain/drill-check.ts";
import { hasCode, HoldfastError } from "../../domain/errors.ts";
import { formatDuration } from "../../domain/human-text.ts";
import type { Container, ContainerMount } from "../../ports/container-runtime.ts";
import { mountHolding } from "../one-off/own-mounts.ts";
import { within } from "../within.ts";
import { withThrowaway, type Throwaway, type ThrowawayContext } from "./throwaway-container.ts";

export interface CommandContext extends ThrowawayContext {
  /** The Compose project of the services. */
  project: string;
  /** Who uses what was backed up; undefined where that cannot be told. */
  sourceOf: (signal: AbortSignal) => Promise<MountedSource | undefined>;
  /** The service that it was taken from, and where that has it, where both are known without asking. */
  home?: { service: string; mount: string } | undefined;
}

export interface CommandRun extends Throwaway {
  /** What was restored. */
  tree: string;
}

/** Where a container sees it that has no place for it of its own. */
const DEFAULT_MOUNT = "/restored";
/** Of what the command said. */
const QUOTED_AT_MOST = 500;

/** A sentence when it fails. Throws where no container can be made for it: that says nothing about the point. */
export async function problemOfCommand(
  context: CommandContext,
  check: CommandCheck,
  run: CommandRun,
): Promise<string | undefined> {
  const { image, mount } = await placeOf(context, check, run.signal);
  const source = await onHost(context, run.tree, run.signal);
  const said = new Tail();
  const request = {
    ...{ image, command: check.command, keepsNoLog: true },
    mounts: [{ kind: "bind", source, destination: mount, writable: false } as const],
    // What was restored belongs to nobody in particular: this user reads all of it.
    capabilities: ["DAC_READ_SEARCH"],
  };
  const title = `The check \`${check.command.join(" ")}\``;
  const bound = { clock: context.clock, limit: check.timeout, what: title, signal: run.signal };
  return withThrowaway(context, request, run, async (id) => {
    try {
      const end = await within(bound, (signal) => context.runtime.attach(id, { stdout: said }, signal));
      if (end.exitCode === 0) return undefined;
      const words = (end.lastWords.trim() || said.text).slice(-QUOTED_AT_MOST).trim();
      return `${title} ended with exit code ${end.exitCode}${words === "" ? "" : `: ${words}`}.`;
    } catch (error) {
      if (!hasCode(error, "timeout") || run.signal.aborted) throw error;
      return `${title} did not end within ${formatDuration(check.timeout)}.`;
    }
  });
}

interface CommandPlace {
  image: string;
  mount: string;
}

async function placeOf(
  { runtime, project, sourceOf, home }: CommandContext,
  { image, service, mount }: CommandCheck,
  signal: AbortSignal,
): Promise<CommandPlace> {
  if (image !== undefined) return { image, mount: mount ?? DEFAULT_MOUNT };
  const source = await sourceOf(signal);
  const name = service ?? home?.service ?? source?.writers.services[0] ?? source?.services[0];
  if (name === undefined) throw noService("no service of the stack uses what was backed up");
  const [container] = await runtime.containers({ project, service: name }, signal);
  if (container === undefined) throw noService(`there is no container of service ${name}`);
  return {
    image: container.image,
    mount: mount ?? home?.mount ?? (source && whereMounted(container, source)) ?? DEFAULT_MOUNT,
  };
}

/** Where a container has the source. */
function whereMounted({ mounts }: Container, { mount, path }: MountedSource): string | undefined {
  const below = path.slice(mount.destination.length);
  const same = mounts.find(
    (other) =>
      (mount.volume !== undefined && other.volume === mount.volume) ||
      (mount.source !== "" && other.source === mount.source),
  );
  if (same !== undefined) return same.destination + below;
  const onHostPath = mount.source + below;
  const above = mounts.find(
    ({ source }) => mount.source !== "" && source !== "" && contains(source, onHostPath),
  );
  return above === undefined ? undefined : above.destination + onHostPath.slice(above.source.length);
}

function noService(why: string): HoldfastError {
  return new HoldfastError("usage", {
    what: "Finding the image for a check of a drill",
    why,
    next: "name a `service` or an `image` in the check",
  });
}

/** The engine mounts what its own machine has, under the path that it has there. */
async function onHost({ runtime }: CommandContext, path: string, signal: AbortSignal): Promise<string> {
  const own = await runtime.ownContainer(signal);
  if (own === undefined) return path;
  const mount: ContainerMount | undefined = mountHolding(own.mounts, path);
  if (mount !== undefined && mount.kind !== "tmpfs" && mount.source !== "")
    return mount.source + path.slice(mount.destination.length);
  throw new HoldfastError("runtime", {
    what: "Showing a container what a drill has restored",
    why: `${path} is on no volume and no directory of the host`,
    next: "mount the directory that `scratch` in the config names, or the state directory, as a volume",
  });
}

/** The end of an output. */
class Tail {
  text = "";

  async write(chunk: Uint8Array): Promise<void> {
    this.text = (this.text + Buffer.from(chunk).toString()).slice(-QUOTED_AT_MOST * 2);
  }
}

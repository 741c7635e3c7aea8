/** Which volumes a copy has: one for each of the original, and one for each directory of the host that a job backs up. */
import type { ContainerMount, Volume } from "../../ports/container-runtime.ts";
import type { ContainerBlueprint, NamedThing } from "../../ports/copy-engine.ts";

/** Where the data of a job is: in a volume, or in a directory of the host. */
export interface JobData {
  job: string;
  /** Name of the volume, or path of the directory. */
  of: string;
  kind: "volume" | "bind";
  /** Within that: empty, or beginning with a slash. */
  below: string;
}

export interface CopiedVolume extends NamedThing {
  /** Its name in the Compose file, without the project. */
  key: string;
  kind: JobData["kind"];
  /** The original: a volume by its name, a directory by its path. */
  of: string;
  /** What is restored to it. */
  fills: readonly { job: string; below: string }[];
}

export interface VolumesWish {
  project: string;
  of: { project: string };
  data: readonly JobData[];
  volumes: readonly Volume[];
}

/** Those that the engine has named, and that go with their containers. */
const ANONYMOUS = /^[0-9a-f]{64}$/;

export function isAnonymous({ kind, volume }: ContainerMount): boolean {
  return kind === "volume" && (volume === undefined || ANONYMOUS.test(volume));
}

export function copiedVolumes(
  blueprints: readonly ContainerBlueprint[],
  { project, of, data, volumes }: VolumesWish,
): Omit<CopiedVolume, "labels">[] {
  const mounted = blueprints.flatMap(({ container: { mounts } }) =>
    mounts.flatMap((mount) => (mount.volume === undefined || isAnonymous(mount) ? [] : mount.volume)),
  );
  const named = new Set([...mounted, ...ofKind(data, "volume").map((one) => one.of)]);
  const keyOf = (name: string): string => {
    const known = volumes.find((volume) => volume.name === name);
    return known?.project === of.project && known.key !== undefined ? known.key : name;
  };
  const ofVolumes = [...named].map((name) => ({ kind: "volume" as const, of: name, key: keyOf(name) }));
  const ofDirectories = ofKind(data, "bind").map((one) => ({
    ...{ kind: "bind" as const, of: one.of + one.below, key: `directory-${one.job}` },
  }));
  return [...ofVolumes, ...onePerPlace(ofDirectories)].map((volume) => ({
    ...volume,
    name: `${project}_${volume.key}`,
    fills: data.flatMap(({ job, kind, of: name, below }) => {
      if (kind !== volume.kind) return [];
      if (kind === "bind") return name + below === volume.of ? [{ job, below: "" }] : [];
      return name === volume.of ? [{ job, below }] : [];
    }),
  }));
}

function ofKind(data: readonly JobData[], kind: JobData["kind"]): JobData[] {
  return data.filter((one) => one.kind === kind);
}

function onePerPlace<V extends { of: string }>(volumes: readonly V[]): V[] {
  return [...new Map(volumes.map((volume) => [volume.of, volume])).values()];
}

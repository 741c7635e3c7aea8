/** What a container of a copy has mounted: volumes of the copy, and of the host only what it can do no harm to. */
import { contains } from "../../archive/restore/mount-table.ts";
import type { ContainerMount } from "../../ports/container-runtime.ts";
import type { ContainerBlueprint, CopiedMount } from "../../ports/copy-engine.ts";
import { isAnonymous, type CopiedVolume } from "./copied-volumes.ts";

export interface MountsWish {
  volumes: readonly CopiedVolume[];
  /** Paths on the host of sockets that are known. */
  sockets: readonly string[];
  hasSubpaths: boolean;
  /** Told of what is different, as a clause about the service. */
  say: (clause: string) => void;
}

/** Who sees these sees the host at work, and can speak to what runs there: a read-only mount keeps nobody from writing to a socket. */
const LIVE = ["/dev", "/proc", "/run", "/sys", "/var/run"] as const;

export function copiedMounts({ container, subpaths }: ContainerBlueprint, wish: MountsWish): CopiedMount[] {
  return container.mounts.flatMap((mount) => {
    const { kind, destination } = mount;
    if (kind === "tmpfs") return [];
    if (kind === "volume") return ofVolume(mount, subpaths[destination], wish);
    if (kind === "bind") return ofHost(mount, wish);
    wish.say(`has nothing at ${destination}: what is mounted there is nothing that can be copied`);
    return [];
  });
}

function ofVolume(
  mount: ContainerMount,
  subpath: string | undefined,
  { volumes }: MountsWish,
): CopiedMount[] {
  const { destination, writable } = mount;
  const own = volumes.find(({ kind, of }) => kind === "volume" && of === mount.volume);
  if (own === undefined) return isAnonymous(mount) ? [{ kind: "anonymous", destination }] : [];
  return [{ kind: "volume", source: own.name, destination, writable, subpath }];
}

function ofHost(mount: ContainerMount, { volumes, sockets, hasSubpaths, say }: MountsWish): CopiedMount[] {
  const { source, destination, writable } = mount;
  const directories = volumes.filter(({ kind }) => kind === "bind");
  const above = directories.find(({ of }) => contains(of, source));
  if (above !== undefined) {
    const subpath = source === above.of ? undefined : source.slice(above.of.length + 1);
    if (subpath === undefined || hasSubpaths)
      return [{ kind: "volume", source: above.name, destination, writable, subpath }];
    say(`has nothing at ${destination}: this engine mounts no part of a volume (Docker 26 does)`);
    return [];
  }
  if (isLive(source, sockets)) {
    say(`does not have ${source} of the host`);
    return [];
  }
  if (writable) say(`has ${source} of the host read-only`);
  const below = directories.filter(({ of }) => contains(source, of));
  return [
    { kind: "bind", source, destination, writable: false },
    ...below.map(({ name, of }): CopiedMount => {
      const place = `${destination}${of.slice(source === "/" ? 0 : source.length)}`;
      return { kind: "volume", source: name, destination: place, writable };
    }),
  ];
}

function isLive(source: string, sockets: readonly string[]): boolean {
  return (
    source.endsWith(".sock") ||
    LIVE.some((place) => contains(place, source) || contains(source, place)) ||
    sockets.some((socket) => contains(source, socket))
  );
}

/** What this container has mounted, as mounts for another one. */
import type { ContainerMount, RequestedMount } from "../../ports/container-runtime.ts";

/** Those that hold the paths, each once and at the same place; read-only but for `writable`. A path on none, or on a tmpfs, has none. */
export function mountsHolding(
  mounts: readonly ContainerMount[],
  { visible, writable }: { visible: readonly string[]; writable: readonly string[] },
): RequestedMount[] {
  const holding = (paths: readonly string[]) => new Set(paths.map((path) => mountHolding(mounts, path)));
  const written = holding(writable);
  return [...written.union(holding(visible))].flatMap((mount) => requested(mount, written.has(mount)) ?? []);
}

/** The innermost. */
export function mountHolding<Mount extends Pick<ContainerMount, "destination">>(
  mounts: readonly Mount[],
  path: string,
): Mount | undefined {
  return mounts
    .filter(({ destination }) => path === destination || path.startsWith(withSlash(destination)))
    .toSorted((a, b) => b.destination.length - a.destination.length)[0];
}

function withSlash(path: string): string {
  return path.endsWith("/") ? path : `${path}/`;
}

function requested(mount: ContainerMount | undefined, writable: boolean): RequestedMount | undefined {
  if (mount === undefined) return undefined;
  const { kind, volume, destination } = mount;
  if (kind === "bind") return { kind, source: mount.source, destination, writable };
  return volume === undefined ? undefined : { kind: "volume", source: volume, destination, writable };
}

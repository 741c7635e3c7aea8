/** Which files a stack's Compose project was made of, and where this process can read them. */
import { readdir } from "node:fs/promises";
import { join } from "node:path";
import { mountHolding } from "../app/one-off/own-mounts.ts";
import type { Container } from "../ports/container-runtime.ts";

const CONFIG_FILES = "com.docker.compose.project.config_files";
const WORKING_DIRECTORY = "com.docker.compose.project.working_dir";

export interface ComposeFile {
  /** On the host. */
  path: string;
  /** In this container; undefined: it is on no mount. */
  here: string | undefined;
}

export interface ComposeFiles {
  workingDirectory: string | undefined;
  /** In the order in which Compose reads them. */
  files: ComposeFile[];
}

/** By what Compose has written on the containers; without that, what lies in the directory `fallback`. */
export async function composeFilesOf(
  { own, containers }: { own: Container | undefined; containers: readonly Container[] },
  { fallback }: { fallback: string },
): Promise<ComposeFiles> {
  const lasting = [own, ...containers].filter((one) => one?.compose !== undefined && !one.compose.oneOff);
  const labels = (lasting[0] ?? own)?.labels ?? {};
  const named = (labels[CONFIG_FILES] ?? "").split(",").filter((path) => path.startsWith("/"));
  const workingDirectory = labels[WORKING_DIRECTORY];
  if (named.length > 0)
    return { workingDirectory, files: named.map((path) => ({ path, here: pathHere(own, path) })) };
  const names = await readdir(fallback).catch((): string[] => []);
  const files = names.filter((name) => /\.ya?ml$/.test(name)).sort();
  return {
    workingDirectory,
    files: files.map((name) => ({ path: join(fallback, name), here: join(fallback, name) })),
  };
}

/** Of a file of the host that is on a mount of this container. */
function pathHere(own: Container | undefined, path: string): string | undefined {
  const mounts = (own?.mounts ?? []).flatMap((mount) =>
    mount.kind === "bind" && mount.source !== "" ? [{ destination: mount.source, mount }] : [],
  );
  const holding = mountHolding(mounts, path);
  if (holding === undefined) return undefined;
  const below = path.slice(holding.destination.length).replace(/^\//, "");
  return below === "" ? holding.mount.destination : join(holding.mount.destination, below);
}

/** The other way: where on the host a file of this container is, where a mount tells. */
export function pathOnHost(own: Container | undefined, path: string): string | undefined {
  const mount = mountHolding(own?.mounts ?? [], path);
  if (mount?.kind !== "bind" || mount.source === "") return undefined;
  return `${mount.source}${path.slice(mount.destination.length)}`;
}

/** Looks at a disk of a drill, in the container that may mount it. */
import type { DrillCheck } from "../../domain/drill-check.ts";
import type { DatabaseOpener } from "../../ports/database-opener.ts";
import { problemsOfDatabases, type OpeningDatabases } from "./check-databases.ts";
import { problemsOfFiles, resolveIn } from "./check-files.ts";
import { withMountedDisk, type MountSurroundings } from "./mounted-disk.ts";

/** Of one path, that may be on any disk of a point. */
export interface PathCheck {
  kind: "files" | "json" | "databases";
  path: string;
}

/** From the drill to its container, as JSON. */
export interface DiskOrder {
  /** `/host-dev/disk/by-id/google-hf-drill-1` */
  device: string;
  checks: readonly PathCheck[];
  /** For copies of databases. */
  scratch: string;
}

/** Back from it. */
export interface DiskFindings {
  /** One sentence each, on what is wrong with the point. */
  problems: string[];
  warnings: string[];
  /** Of what is not on this disk. */
  missing: PathCheck[];
}

export function pathChecks(checks: readonly DrillCheck[]): PathCheck[] {
  return checks.flatMap((check) => {
    if (!("paths" in check)) return [];
    const { kind, paths } = check;
    return paths.map((path) => ({ kind, path }));
  });
}

export async function checkDisk(
  { device, checks, scratch }: DiskOrder,
  { opener, ...around }: MountSurroundings & { opener: DatabaseOpener },
  signal: AbortSignal,
): Promise<DiskFindings> {
  return withMountedDisk(device, around, signal, async ({ roots, refusals }) => {
    const found: DiskFindings = { problems: [], warnings: [], missing: [] };
    if (roots.length === 0)
      found.problems.push(`No file system of the disk mounts: ${refusals[0] ?? "there is none"}.`);
    const opening = { opener, scratch, signal, warn: (message: string) => void found.warnings.push(message) };
    for (const check of checks) {
      const root = await rootWith(roots, check.path);
      if (root === undefined) found.missing.push(check);
      else found.problems.push(...(await problemsOf(root, check, opening)));
    }
    return found;
  });
}

/** A disk with partitions has several. */
async function rootWith(roots: readonly string[], path: string): Promise<string | undefined> {
  for (const root of roots) if ("real" in (await resolveIn(root, path))) return root;
  return undefined;
}

function problemsOf(root: string, { kind, path }: PathCheck, opening: OpeningDatabases): Promise<string[]> {
  return kind === "databases"
    ? problemsOfDatabases(root, { kind, paths: [path] }, opening)
    : problemsOfFiles(root, { kind, paths: [path] });
}

/**
 * File systems held still: what writes to one waits, and all that was written before is on its disk. Never one whose own standing still would
 * keep anybody from ending it.
 */
import { readFile } from "node:fs/promises";
import { HoldfastError } from "../domain/errors.ts";
import type { Ended } from "./proc-host-mounts.ts";
import { parseMountTable, type TableMount } from "./mount-table.ts";

export interface FreezeSurroundings {
  /** `/proc/self/mountinfo` but in tests. */
  table: string;
  run: (command: readonly string[]) => Promise<Ended>;
}

export interface FreezeRequest {
  /** As this container has them mounted. */
  paths: readonly string[];
  /** Where Holdfast's own state is, likewise. */
  stateDirectory: string;
}

/** The engine mounts these in every container, from where it keeps what it knows of it. */
const OF_THE_ENGINE: readonly string[] = ["/etc/hostname", "/etc/hosts", "/etc/resolv.conf"];

/** Freezes all or none, and gives what was frozen. Throws `refused` before anything is frozen that must not be. */
export async function freezeAll(request: FreezeRequest, around: FreezeSurroundings): Promise<string[]> {
  const table = parseMountTable(await readFile(around.table, "utf8"));
  const paths = assertHarmless(request, table);
  const frozen: string[] = [];
  for (const path of paths) {
    const { exitCode, stderr } = await around.run(["fsfreeze", "--freeze", path]);
    if (exitCode === 0) {
      frozen.push(path);
      continue;
    }
    await thawAll(frozen, around);
    const isFrozen = /busy/i.test(stderr);
    const why = isFrozen ? "somebody else has frozen it" : stderr.trim() || `fsfreeze ended with ${exitCode}`;
    throw new HoldfastError("source", { what: `Freezing the file system of ${path}`, why });
  }
  return frozen;
}

/** What is not frozen is thawed already. Tries all, whatever becomes of one. */
export async function thawAll(paths: readonly string[], { run }: FreezeSurroundings): Promise<void> {
  const failures: string[] = [];
  for (const path of paths) {
    const { exitCode, stderr } = await run(["fsfreeze", "--unfreeze", path]);
    if (exitCode !== 0 && !/invalid argument/i.test(stderr)) failures.push(stderr.trim());
  }
  if (failures.length === 0) return;
  throw new HoldfastError("source", {
    ...{ what: `Thawing ${paths.join(", ")}`, why: failures.join("; ") },
    next: "`sudo fsfreeze --unfreeze` on the machine does it by hand",
  });
}

/** One path of each file system. */
function assertHarmless({ paths, stateDirectory }: FreezeRequest, table: readonly TableMount[]): string[] {
  const deviceOf = (path: string) => mountHolding(table, path)?.device;
  const engine = new Set(OF_THE_ENGINE.map(deviceOf));
  const root = deviceOf("/");
  const found = new Map<string, string>();
  for (const path of paths) {
    const what = `Freezing the file system of ${path}`;
    const refuse = (why: string) =>
      new HoldfastError("refused", { what, why, next: "leave `freeze` out, and use `quiesce`" });
    const device = deviceOf(path);
    if (device === undefined || device === root)
      throw new HoldfastError("refused", {
        what,
        why: "nothing is mounted there",
        next: "mount it in this container",
      });
    if (device === deviceOf(stateDirectory))
      throw refuse("Holdfast keeps its own state on it, and could not thaw it");
    if (engine.has(device)) throw refuse("the container engine keeps its files on it, and could not thaw it");
    if (!found.has(device)) found.set(device, path);
  }
  return [...found.values()];
}

/** The innermost, and of those at one place the last. */
function mountHolding(table: readonly TableMount[], path: string): TableMount | undefined {
  const holds = ({ point }: TableMount) =>
    path === point || path.startsWith(point === "/" ? "/" : `${point}/`);
  return table
    .filter(holds)
    .reduce<TableMount | undefined>(
      (best, mount) => (best !== undefined && best.point.length > mount.point.length ? best : mount),
      undefined,
    );
}

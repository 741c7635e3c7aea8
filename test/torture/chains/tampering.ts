/** What befalls stores and state between two runs. */
import { existsSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";

import { writeProof } from "../../../src/app/point-objects.ts";
import { removePoint } from "../../../src/app/remove-point.ts";
import {
  ARCHIVE_OBJECT,
  INDEX_OBJECT,
  pointPrefix,
  type CatalogPoint,
} from "../../../src/domain/recovery-point.ts";
import type { Store } from "../../../src/ports/store.ts";

export const TAMPERINGS = [
  "lose the state",
  "cut the cached index",
  "corrupt the cached index",
  "put another point's index in the cache",
  "remove a point that none needs",
  "remove a point",
  "damage an index",
  "damage an archive and find it",
] as const;

export interface Tampering {
  kind: (typeof TAMPERINGS)[number];
  store: number;
  which: number;
}

interface Scene {
  store: Store;
  points: readonly CatalogPoint[];
  state: string;
  job: string;
}

/** Says what of the store is now damaged, but still listed: `index of ID` or `archive of ID`. */
export async function tamperWith({ kind, which }: Tampering, scene: Scene): Promise<string[]> {
  const { store, points, state, job } = scene;
  const point = points[which % points.length];
  const cached = filesIn(join(state, "indexes", job));
  switch (kind) {
    case "lose the state":
      rmSync(state, { recursive: true, force: true });
      return [];
    case "cut the cached index":
      for (const path of cached) writeFileSync(path, readFileSync(path).subarray(0, which));
      return [];
    case "corrupt the cached index":
      for (const path of cached) writeFileSync(path, flipped(readFileSync(path), which));
      return [];
    case "put another point's index in the cache":
      for (const path of cached)
        if (point !== undefined) writeFileSync(path, await objectOf(store, point, INDEX_OBJECT));
      return [];
    case "remove a point that none needs": {
      const spare = points.filter(({ id }) => !points.some(({ record }) => record.needs.includes(id)));
      await remove(store, spare[which % spare.length]);
      return [];
    }
    case "remove a point":
      await remove(store, point);
      return [];
    case "damage an index":
      return point === undefined ? [] : damage(store, point, INDEX_OBJECT, which);
    case "damage an archive and find it": {
      if (point === undefined) return [];
      const damaged = await damage(store, point, ARCHIVE_OBJECT, which);
      const at = new Date(point.finishedAt).toISOString();
      const problems = ["damaged by the test"];
      const proof = {
        format: 1,
        operation: "verify",
        point: point.id,
        at,
        outcome: "failed",
        problems,
      } as const;
      await writeProof(store, point.record, proof);
      return damaged;
    }
  }
}

async function remove(store: Store, point: CatalogPoint | undefined): Promise<void> {
  if (point === undefined) return;
  const { stack, job, id } = point.record;
  await removePoint({ store, stack, job, id, signal: new AbortController().signal });
}

async function damage(store: Store, point: CatalogPoint, name: string, at: number): Promise<string[]> {
  const { stack, job, id } = point.record;
  const bytes = flipped(await objectOf(store, point, name), at);
  const body = (async function* () {
    yield bytes;
  })();
  await store.put(pointPrefix(stack, job, id) + name, body, { replace: true });
  return [`${name === INDEX_OBJECT ? "index" : "archive"} of ${id}`];
}

async function objectOf(store: Store, { record }: CatalogPoint, name: string): Promise<Buffer> {
  const { stack, job, id } = record;
  return Buffer.concat(await Array.fromAsync(store.get(pointPrefix(stack, job, id) + name)));
}

function flipped(bytes: Buffer, at: number): Buffer {
  const copy = Buffer.from(bytes);
  const position = at % Math.max(1, copy.length);
  copy[position] = (copy[position] ?? 0) ^ 0x10;
  return copy;
}

function filesIn(directory: string): string[] {
  return existsSync(directory) ? readdirSync(directory).map((name) => join(directory, name)) : [];
}

/** One measured operation in a process of its own; prints its peak memory as JSON. */
import { closeSync, createReadStream, mkdirSync, openSync, readFileSync, statSync, write } from "node:fs";
import { join } from "node:path";

import { restoreTree } from "../src/archive/restore-tree.ts";
import { systemProcessTable } from "../src/observability/process-identity.ts";
import type { ObjectReader } from "../src/ports/object-reader.ts";
import type { ByteSink } from "../src/ports/source.ts";
import { createVolumeSource } from "../src/sources/volume/volume-source.ts";

const [operation = "", from = "", to = "", path] = process.argv.slice(2);

if (operation === "backup") await backup(from, to);
else await restore(from, to, path);
const peak = /VmHWM:\s+(\d+)/.exec(readFileSync("/proc/self/status", "utf8"))?.[1];
process.stdout.write(JSON.stringify({ peakKiB: Number(peak) }));

async function backup(root: string, point: string): Promise<void> {
  mkdirSync(point, { recursive: true });
  const files: number[] = [];
  const openObject = (name: string): ByteSink => {
    const file = openSync(join(point, name), "w");
    files.push(file);
    return { write: (chunk) => writeFully(file, chunk) };
  };
  const { signal } = new AbortController();
  await createVolumeSource({ kind: "volume", path: root }).capture({
    openObject,
    previous: undefined,
    signal,
  });
  files.forEach((file) => closeSync(file));
}

function writeFully(file: number, chunk: Uint8Array): Promise<void> {
  return new Promise((resolve, reject) => {
    write(file, chunk, (error, count) => {
      if (error) reject(error);
      else if (count === chunk.length) resolve();
      else resolve(writeFully(file, chunk.subarray(count)));
    });
  });
}

async function restore(point: string, target: string, only: string | undefined): Promise<void> {
  await restoreTree({
    index: fileReader(join(point, "files.jsonl.zst")),
    archive: () => fileReader(join(point, "archive.tar.zst")),
    target,
    onExisting: "refuse",
    processes: systemProcessTable(),
    paths: only === undefined ? undefined : [only],
  });
}

function fileReader(name: string): ObjectReader {
  const { size } = statSync(name);
  return {
    name,
    size,
    read: ({ range = { offset: 0, length: size } } = {}) =>
      createReadStream(name, {
        start: range.offset,
        end: range.offset + range.length - 1,
        highWaterMark: 1024 * 1024,
      }),
  };
}

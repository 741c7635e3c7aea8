/** A directory captured into memory, and trees described so that they can be compared. */
import { createHash } from "node:crypto";
import { lstatSync, readdirSync, readFileSync, readlinkSync } from "node:fs";

import {
  restoreTree,
  type RestoreTreeOptions,
  type RestoreTreeResult,
} from "../../src/archive/restore-tree.ts";
import { systemProcessTable } from "../../src/observability/process-identity.ts";
import type { CaptureRequest, CaptureSummary } from "../../src/ports/source.ts";
import type { VolumeOptions } from "../../src/sources/volume/options.ts";
import { createVolumeSource, type VolumeParts } from "../../src/sources/volume/volume-source.ts";
import { MemoryReader, MemorySink } from "./memory-object.ts";

export interface CapturedVolume {
  archive: Buffer;
  index: Buffer;
  summary: CaptureSummary;
}

export async function captureVolume(
  path: string,
  options: Pick<VolumeOptions, "include" | "exclude" | "oneFileSystem" | "modifiedWithin"> = {},
  { parts, ...request }: Partial<CaptureRequest> & { parts?: VolumeParts } = {},
): Promise<CapturedVolume> {
  const sinks = new Map<string, MemorySink>();
  const openObject = (name: string): MemorySink => {
    const sink = new MemorySink();
    sinks.set(name, sink);
    return sink;
  };
  const source = createVolumeSource({ kind: "volume", path, ...options }, parts);
  const { signal } = new AbortController();
  const summary = await source.capture({ previous: undefined, signal, ...request, openObject });
  const bytesOf = (name: string): Buffer => sinks.get(name)?.bytes() ?? Buffer.alloc(0);
  return { archive: bytesOf("archive.tar.zst"), index: bytesOf("files.jsonl.zst"), summary };
}

/** As `restoreTree` and `verifyArchive` take them. */
export function readersOf({ archive, index }: Pick<CapturedVolume, "archive" | "index">): {
  index: MemoryReader;
  archive: () => MemoryReader;
} {
  const reader = new MemoryReader("archive.tar.zst", archive);
  return { index: new MemoryReader("files.jsonl.zst", index), archive: () => reader };
}

/** A restore by this process. */
export function restoreHere(options: Omit<RestoreTreeOptions, "processes">): Promise<RestoreTreeResult> {
  return restoreTree({ processes: systemProcessTable(), ...options });
}

/** Type, mode, owner, mtime, link count and content of every entry, by path. */
export function describeTree(root: string): Map<string, string> {
  const described = new Map<string, string>();
  const visit = (path: Buffer, name: string): void => {
    const stats = lstatSync(path, { bigint: true });
    const { mode, uid, gid, mtimeNs, size } = stats;
    const facts = [mode.toString(8), uid, gid, mtimeNs];
    if (stats.isSymbolicLink()) facts.push(readlinkSync(path, "latin1"));
    if (stats.isFile()) facts.push(size, stats.nlink, size < 2 ** 26 ? digestOf(path) : "large");
    described.set(name, facts.join(" "));
    if (!stats.isDirectory()) return;
    for (const child of readdirSync(path, { encoding: "buffer" })) {
      visit(Buffer.concat([path, Buffer.from("/"), child]), `${name}/${child.toString("latin1")}`);
    }
  };
  visit(Buffer.from(root), ".");
  return described;
}

function digestOf(path: Buffer): string {
  return createHash("sha256").update(readFileSync(path)).digest("hex");
}

import { mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";

import { describe, expect, it } from "vitest";

import { captureVolume, readersOf } from "../../../test/fakes/captured-volume.ts";
import { MemorySink } from "../../../test/fakes/memory-object.ts";
import { temporaryDirectory } from "../../../test/fakes/temporary-directory.ts";
import { readIndex } from "../../archive/read-index.ts";
import type { CommitRecord } from "../../domain/recovery-point.ts";
import type { CaptureRequest } from "../../ports/source.ts";
import { createVolumeSource } from "./volume-source.ts";

function requestWith(change: Partial<CaptureRequest> = {}): CaptureRequest {
  const { signal } = new AbortController();
  return { openObject: () => new MemorySink(), previous: undefined, signal, ...change };
}

function recordWithFiles(files: number): CommitRecord {
  const totals = {
    entries: files + 1,
    files,
    directories: 1,
    symlinks: 0,
    hardlinks: 0,
    sourceBytes: 1,
    storedBytes: 1,
  };
  return { totals } as CommitRecord;
}

async function pathsOf(root: string, globs: { include?: string[]; exclude?: string[] }): Promise<string[]> {
  const { index } = readersOf(await captureVolume(root, globs));
  return (await Array.fromAsync(readIndex(index))).map(({ path }) => path);
}

describe("a volume", () => {
  it("that is missing is a failed capture, which opens no object", async () => {
    const path = join(temporaryDirectory(), "gone");
    const opened: string[] = [];
    const openObject = (name: string): MemorySink => (opened.push(name), new MemorySink());
    const captured = createVolumeSource({ kind: "volume", path }).capture(requestWith({ openObject }));
    await expect(captured).rejects.toMatchObject({
      code: "source",
      message: expect.stringContaining("does not exist") as string,
    });
    expect(opened).toEqual([]);
  });

  it("that is a file is a failed capture", async () => {
    const path = join(temporaryDirectory(), "file");
    writeFileSync(path, "");
    const captured = createVolumeSource({ kind: "volume", path }).capture(requestWith());
    await expect(captured).rejects.toThrow("is not a directory");
  });

  it("that is empty where it was not is a failed capture, never an empty archive", async () => {
    const path = temporaryDirectory();
    mkdirSync(join(path, "lost+found"));
    const source = createVolumeSource({ kind: "volume", path });
    const captured = source.capture(requestWith({ previous: recordWithFiles(3) }));
    await expect(captured).rejects.toMatchObject({
      code: "source",
      message: expect.stringContaining("empty where it was not") as string,
    });
    await expect(source.capture(requestWith({ previous: recordWithFiles(0) }))).resolves.toBeDefined();
    await expect(source.capture(requestWith())).resolves.toBeDefined();
  });

  it("is captured without what is excluded, and with what is included and the directories above it", async () => {
    const root = temporaryDirectory();
    mkdirSync(join(root, "a/b"), { recursive: true });
    mkdirSync(join(root, "cache/x"), { recursive: true });
    for (const file of ["a/b/keep", "a/b/drop.tmp", "cache/x/y", "top"])
      writeFileSync(join(root, file), file);
    expect(await pathsOf(root, { exclude: ["*.tmp", "cache/**"] })).toEqual([
      ".",
      "a",
      "a/b",
      "a/b/keep",
      "cache",
      "top",
    ]);
    expect(await pathsOf(root, { include: ["a/b/*"], exclude: ["*.tmp"] })).toEqual([
      ".",
      "a",
      "a/b",
      "a/b/keep",
    ]);
    expect(await pathsOf(root, { include: ["cache"] })).toEqual([".", "cache", "cache/x", "cache/x/y"]);
  });
});

describe("a capture", () => {
  it("ends with the sink's own error when the store fails", async () => {
    const path = temporaryDirectory();
    for (let i = 0; i < 20; i += 1) writeFileSync(join(path, `f${i}`), Buffer.alloc(2 ** 21, i));
    const failure = new Error("the disk is full");
    const openObject = (): { write: () => Promise<void> } => ({ write: () => Promise.reject(failure) });
    const captured = createVolumeSource({ kind: "volume", path }).capture(requestWith({ openObject }));
    await expect(captured).rejects.toMatchObject({
      message: expect.stringContaining("the disk is full") as string,
    });
  });

  it("ends when it is cancelled, also while the sink accepts nothing", async () => {
    const path = temporaryDirectory();
    for (let i = 0; i < 40; i += 1) writeFileSync(join(path, `f${i}`), Buffer.alloc(2 ** 22, i));
    const cancel = new AbortController();
    const writes: number[] = [];
    const openObject = (): { write: (chunk: Uint8Array) => Promise<void> } => ({
      write: (chunk) => {
        writes.push(chunk.length);
        cancel.abort();
        return new Promise(() => undefined);
      },
    });
    const captured = createVolumeSource({ kind: "volume", path }).capture(
      requestWith({ openObject, signal: cancel.signal }),
    );
    await expect(captured).rejects.toMatchObject({ code: "cancelled" });
    expect(writes).toHaveLength(1);
  });

  it("leaves no file behind in the temporary directory", async () => {
    const parent = temporaryDirectory();
    const path = mkdtempSync(join(parent, "root-"));
    writeFileSync(join(path, "f"), "f");
    await captureVolume(path);
    rmSync(path, { recursive: true });
    expect(readdirSync(parent)).toEqual([]);
  });
});

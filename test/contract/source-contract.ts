/** What every source of files does, wherever the files are. */
import {
  chmodSync,
  linkSync,
  mkdirSync,
  rmSync,
  symlinkSync,
  truncateSync,
  utimesSync,
  writeFileSync,
} from "node:fs";
import { randomBytes } from "node:crypto";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { readIndex } from "../../src/archive/read-index.ts";
import { verifyArchive } from "../../src/archive/verify-archive.ts";
import type { CommitRecord } from "../../src/domain/recovery-point.ts";
import type { CaptureProgress, CaptureRequest, CaptureSummary, Source } from "../../src/ports/source.ts";
import { describeTree, readersOf, restoreHere } from "../fakes/captured-volume.ts";
import { MemorySink } from "../fakes/memory-object.ts";
import { temporaryDirectory } from "../fakes/temporary-directory.ts";

export interface SourceGlobs {
  include?: string[];
  exclude?: string[];
}

/** `make` gives a source whose data are those of the directory. */
export function describeSourceContract(
  name: string,
  make: (directory: string, globs: SourceGlobs) => Source,
): void {
  describe(`${name}, as every source,`, () => {
    it("captures all that is there, so that it can be verified and restored as it was", async () => {
      const directory = exampleTree();
      const { summary, readers } = await captured(make(directory, {}));
      expect(summary).toMatchObject({ kind: "full", needs: [], incomplete: false, warningCount: 0 });
      expect(summary.totals).toMatchObject({ files: 5, directories: 4, symlinks: 1, hardlinks: 1 });
      expect(await Array.fromAsync(verifyArchive({ ...readers, archive: readers.archive() }))).toEqual([]);
      const target = join(temporaryDirectory(), "restored");
      await restoreHere({ ...readers, target, onExisting: "refuse" });
      expect(describeTree(target)).toEqual(describeTree(directory));
    });

    it("counts what the index lists, and as many bytes as the files hold", async () => {
      const progress: CaptureProgress[] = [];
      const onProgress = (step: CaptureProgress) => void progress.push(step);
      const { summary, readers } = await captured(make(exampleTree(), {}), { onProgress });
      const entries = await Array.fromAsync(readIndex(readers.index));
      const files = entries.filter(({ type }) => type === "file");
      expect(summary.totals.entries).toBe(entries.length);
      expect(summary.totals.sourceBytes).toBe(files.reduce((sum, { size }) => sum + size, 0));
      expect(progress.at(-1)).toMatchObject({ sourceBytes: summary.totals.sourceBytes });
    });

    it.each([
      [{ exclude: ["sub", "long*", "odd*"] }, [".", "big", "none", "symlink", "zlink"]],
      [{ include: ["big*"] }, [".", "big"]],
      [{ include: ["*.d/"] }, [".", "sub", "sub/x.d", "sub/x.d/inner"]],
      [{ include: ["sub/**"], exclude: ["inner"] }, [".", "sub", "sub/empty", "sub/x.d"]],
    ])("takes what %j chooses, and the directories it is in", async (globs, expected) => {
      const { readers } = await captured(make(exampleTree(), globs));
      const paths = (await Array.fromAsync(readIndex(readers.index))).map(({ path }) => path);
      expect(paths).toEqual(expected);
    });

    it("fails as the object does that it cannot write", async () => {
      const openObject = () => ({ write: () => Promise.reject(new Error("the store is full")) });
      await expect(captured(make(exampleTree(), {}), { openObject })).rejects.toThrow("the store is full");
    });

    it("is cancelled while it writes", async () => {
      const stop = new AbortController();
      const openObject = () => ({
        write: async () => stop.abort(),
      });
      const work = captured(make(exampleTree(), {}), { openObject, signal: stop.signal });
      await expect(work).rejects.toMatchObject({ code: "cancelled" });
    });

    it("is cancelled while its last bytes are written, and does not wait until the store has them", async () => {
      const stop = new AbortController();
      const directory = temporaryDirectory();
      writeFileSync(join(directory, "small"), "content");
      const openObject = () => ({
        write: () => {
          stop.abort();
          return new Promise<void>(() => undefined);
        },
      });
      const work = captured(make(directory, {}), { openObject, signal: stop.signal });
      await expect(work).rejects.toMatchObject({ code: "cancelled" });
    });

    it("is a failed capture where it is empty and was not", async () => {
      const empty = temporaryDirectory();
      const totals = { entries: 2, files: 1, directories: 1, symlinks: 0, hardlinks: 0, sourceBytes: 1 };
      const previous = { totals: { ...totals, storedBytes: 1 } } as CommitRecord;
      const work = captured(make(empty, {}), { previous });
      await expect(work).rejects.toMatchObject({ code: "source" });
      await expect(captured(make(empty, {}))).resolves.toBeDefined();
    });

    it("is looked at without a complaint, and with one where it is gone", async () => {
      const directory = exampleTree();
      const source = make(directory, {});
      const { signal } = new AbortController();
      expect(await source.inspect(signal)).toEqual([]);
      rmSync(directory, { recursive: true });
      await expect(source.inspect(signal)).rejects.toMatchObject({ code: "source" });
      await expect(captured(source)).rejects.toMatchObject({ code: "source" });
    });
  });
}

async function captured(source: Source, of: Partial<CaptureRequest> = {}) {
  const sinks = new Map<string, MemorySink>();
  const openObject = (name: string): MemorySink => {
    const sink = new MemorySink();
    sinks.set(name, sink);
    return sink;
  };
  const { signal } = new AbortController();
  const summary: CaptureSummary = await source.capture({ openObject, previous: undefined, signal, ...of });
  const bytesOf = (name: string) => sinks.get(name)?.bytes() ?? Buffer.alloc(0);
  const readers = readersOf({ archive: bytesOf("archive.tar.zst"), index: bytesOf("files.jsonl.zst") });
  return { summary, readers };
}

/** Five files, one of several frames and one of a hole; times that every tar can hold. */
function exampleTree(): string {
  const root = temporaryDirectory();
  mkdirSync(join(root, "sub/empty"), { recursive: true });
  mkdirSync(join(root, "sub/x.d"));
  writeFileSync(join(root, "big"), randomBytes(9_000_000));
  writeFileSync(join(root, "none"), "");
  writeFileSync(join(root, `${"long".repeat(40)}ž`), "long");
  writeFileSync(Buffer.concat([Buffer.from(join(root, "odd")), Buffer.from([0xff])]), "odd");
  writeFileSync(join(root, "sub/x.d/inner"), "");
  truncateSync(join(root, "sub/x.d/inner"), 700_000);
  linkSync(join(root, "big"), join(root, "zlink"));
  symlinkSync("../nowhere", join(root, "symlink"));
  chmodSync(join(root, "none"), 0o4711);
  for (const path of ["big", "none", "sub/x.d", "sub"])
    utimesSync(join(root, path), 1_000_000, 1_700_000_000);
  return root;
}

import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { appWorkshop, STACK } from "../../test/fakes/app-workshop.ts";
import { temporaryDirectory } from "../../test/fakes/temporary-directory.ts";
import type { Source } from "../ports/source.ts";
import { createVolumeSource } from "../sources/volume/volume-source.ts";
import { takeForensicCopy } from "./forensic-copy.ts";
import { listPointFolders } from "./point-folders.ts";
import { removeUncommitted } from "./remove-leftovers.ts";

const signal = new AbortController().signal;

function evidence(): Source {
  const directory = temporaryDirectory();
  writeFileSync(join(directory, "ransom-note.txt"), "pay");
  return createVolumeSource({ kind: "volume", path: directory });
}

function copy({ context, store }: ReturnType<typeof appWorkshop>, source: Source): Promise<string> {
  const lock = { signal, check: () => undefined };
  return takeForensicCopy(context, { job: "data", source, signal, store: { store, lock } });
}

describe("a forensic copy", () => {
  it("is an archive with its commit record, but no recovery point, and stays when leftovers are removed", async () => {
    const workshop = appWorkshop();
    const prefix = await copy(workshop, evidence());
    expect(prefix).toMatch(/^s\/\.forensics\/data\/[^/]+\/$/);
    await removeUncommitted(workshop.store, { stack: STACK });
    await removeUncommitted(workshop.store, { stack: STACK, job: "data" });
    const keys = [];
    for await (const { key } of workshop.store.list(prefix)) keys.push(key.slice(prefix.length));
    expect(keys.sort()).toEqual(["archive.tar.zst", "files.jsonl.zst", "recovery-point.json"]);
    expect(await listPointFolders(workshop.store, { stack: STACK })).toEqual({ folders: [], misplaced: [] });
  });

  it("takes databases as they are, too: a damaged one may be the reason of the restore", async () => {
    const source = evidence();
    const asked: unknown[] = [];
    const looking: Source = {
      ...source,
      capture: (request) => {
        asked.push(request.asItIs);
        return source.capture(request);
      },
    };
    await copy(appWorkshop(), looking);
    expect(asked).toEqual([true]);
  });

  it("that fails says that nothing was changed, and how to do without", async () => {
    const failing: Source = { ...evidence(), capture: () => Promise.reject(new Error("the disk is broken")) };
    await expect(copy(appWorkshop(), failing)).rejects.toThrow(
      /the disk is broken; nothing was changed.*--no-forensics/,
    );
  });
});

import { existsSync, mkdirSync, readdirSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";

import { describe, expect, it } from "vitest";

import { readFiles, stagingRig, writeFiles } from "../../../test/fakes/staging.ts";
import { temporaryDirectory } from "../../../test/fakes/temporary-directory.ts";
import { bindMount, canMount, mountTmpfs, MOUNTS_NEEDED } from "../../../test/fakes/tmpfs.ts";
import type { ProtectedPlace } from "./protected-places.ts";
import { examineTarget } from "./target.ts";

function refusal(code: string, text: string): object {
  return { code, message: expect.stringContaining(text) as string };
}

describe("a target that nothing can be restored to", () => {
  it.each<[string, (work: string) => string, string]>([
    ["is a file", (work) => join(work, "file"), "it is not a directory"],
    ["is a file with a slash", (work) => join(work, "file/"), "it is not a directory"],
    ["lies in a file", (work) => join(work, "file/x"), "a part of its path is not a directory"],
    ["is a symbolic link to nothing", (work) => join(work, "dangling"), "which does not exist"],
    ["lies below a symbolic link to nothing", (work) => join(work, "dangling/x"), "which does not exist"],
    ["is a circle of links", (work) => join(work, "circle"), "lead in a circle"],
    ["has too long a name", (work) => join(work, "x".repeat(300)), "its name is too long"],
    ["is a link to a file", (work) => join(work, "link-to-file"), "it is not a directory"],
  ])("because it %s is refused with the reason", async (_, targetIn, why) => {
    const work = temporaryDirectory();
    writeFileSync(join(work, "file"), "");
    symlinkSync("nowhere", join(work, "dangling"));
    symlinkSync("circle", join(work, "circle"));
    symlinkSync("file", join(work, "link-to-file"));
    await expect(examineTarget(targetIn(work), { onExisting: "replace" })).rejects.toMatchObject(
      refusal("usage", why),
    );
    expect(readdirSync(work).sort()).toEqual(["circle", "dangling", "file", "link-to-file"]);
  });
});

describe("a target that is reached by an odd path", () => {
  it("as a symbolic link to a directory keeps the link and replaces what it leads to", async () => {
    const rig = stagingRig();
    const { path } = await examineTarget(rig.target, { onExisting: "replace" });
    symlinkSync("target", join(rig.parent, "link"));
    expect(await examineTarget(`${rig.parent}/link/`, { onExisting: "replace" })).toMatchObject({ path });
    expect(await examineTarget(`${rig.parent}/link/new/`, { onExisting: "replace" })).toMatchObject({
      path: join(path, "new"),
      exists: false,
    });
  });

  it("relative to the current directory is that", async () => {
    const work = temporaryDirectory();
    const before = process.cwd();
    process.chdir(work);
    try {
      const { path } = await examineTarget("some/../out/", { onExisting: "refuse" });
      expect(path).toBe(join(work, "out"));
    } finally {
      process.chdir(before);
    }
  });
});

describe("a place that a restore must not take", () => {
  const places = (path: string): ProtectedPlace[] => [{ kind: "store", name: "store local", path }];

  it("is refused by its own path, from above and from within, also through links and before it exists", async () => {
    const work = temporaryDirectory();
    writeFiles(work, { "disk/archive/stack/point": "" });
    symlinkSync("disk", join(work, "link"));
    const archive = join(work, "link/archive");
    const cases = [
      ["disk/archive", "is store local"],
      ["link/archive", "is store local"],
      ["disk", "holds store local"],
      [".", "holds store local"],
      ["disk/archive/stack", "lies in store local"],
      ["disk/archive/new/deep", "lies in store local"],
    ] as const;
    for (const [path, why] of cases) {
      const examined = examineTarget(join(work, path), {
        onExisting: "replace",
        protectedPlaces: places(archive),
      });
      await expect(examined).rejects.toMatchObject(refusal("refused", why));
    }
    const missing = places(join(work, "link/new/archive"));
    await expect(
      examineTarget(join(work, "disk/new"), { onExisting: "replace", protectedPlaces: missing }),
    ).rejects.toMatchObject(refusal("refused", "holds store local"));
    const beside = { onExisting: "refuse" as const, protectedPlaces: places(archive) };
    expect(await examineTarget(join(work, "disk/archive-2"), beside)).toMatchObject({ exists: false });
  });

  it("is a source only while there is something to lose", async () => {
    const work = temporaryDirectory();
    writeFiles(work, { "sources/data/file": "" });
    mkdirSync(join(work, "sources/lost"));
    const source = (name: string): ProtectedPlace[] => [
      { kind: "source", name: `the source of job ${name}`, path: join(work, "sources", name) },
    ];
    const examine = (path: string, name: string) =>
      examineTarget(join(work, path), { onExisting: "replace", protectedPlaces: source(name) });
    for (const path of ["sources/data", "sources", "."]) {
      await expect(examine(path, "data")).rejects.toMatchObject(refusal("refused", "--in-place"));
    }
    expect(await examine("sources/lost", "lost")).toMatchObject({ names: [] });
    expect(await examine("sources/data/sub", "data")).toMatchObject({ exists: false });
  });

  it.skipIf(!canMount())(`is refused through another mount of it, too (${MOUNTS_NEEDED})`, async () => {
    const work = temporaryDirectory();
    mountTmpfs(join(work, "disk"));
    writeFiles(join(work, "disk"), { "volumes/archive/point": "" });
    bindMount(join(work, "disk/volumes/archive"), join(work, "archive"));
    bindMount(join(work, "disk/volumes"), join(work, "other"));
    const rules = { onExisting: "replace" as const, protectedPlaces: places(join(work, "archive")) };
    for (const [path, why] of [
      ["disk/volumes/archive", "is store local"],
      ["other/archive", "is store local"],
      ["other", "holds store local"],
      ["other/archive/new", "lies in store local"],
    ] as const) {
      await expect(examineTarget(join(work, path), rules)).rejects.toMatchObject(refusal("refused", why));
    }
    expect(existsSync(join(work, "archive/point"))).toBe(true);
  });
});

describe.skipIf(!canMount())(`a disk that is too small (${MOUNTS_NEEDED})`, () => {
  it("keeps what it holds", async () => {
    const rig = stagingRig({});
    mountTmpfs(rig.target, "1m");
    writeFiles(rig.target, { mine: "old" });
    const staging = await rig.open();
    expect(() => writeFileSync(join(staging.directory, "big"), Buffer.alloc(2 ** 21))).toThrow(/ENOSPC/);
    expect(await staging.discard()).toBeUndefined();
    expect(readFiles(rig.target)).toEqual({ mine: "old" });
    expect(readdirSync(rig.target)).toEqual(["mine"]);
  });
});

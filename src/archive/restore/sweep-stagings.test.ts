import { mkdirSync } from "node:fs";
import { open } from "node:fs/promises";
import { join } from "node:path";

import { describe, expect, it, onTestFinished } from "vitest";

import { FakeMachine } from "../../../test/fakes/process-tables.ts";
import { readFiles, stagingRig, writeFiles, type StagingRig } from "../../../test/fakes/staging.ts";
import type { ProcessTable } from "../../ports/process-identity.ts";
import { kernelCalls } from "./kernel-calls.ts";
import { stagingName, type StagingPart } from "./staging-name.ts";

/** What a restore by that process has left in the directory. */
function leave(directory: string, owner: ProcessTable, part: StagingPart): string {
  const path = join(directory, `${stagingName(owner.self)}.${part}`);
  writeFiles(path, { "sub/file": part });
  return path;
}

function killed({ machine }: StagingRig): ProcessTable {
  const owner = machine.startProcess();
  machine.kill(owner);
  return owner;
}

async function restore(rig: StagingRig): Promise<readonly string[]> {
  const staging = await rig.open();
  await staging.sync();
  return [...staging.warnings, ...(await staging.swap())];
}

describe("what a killed restore left", () => {
  it("of its own is removed by the next one, beside the target and in it", async () => {
    const rig = stagingRig();
    for (const part of ["new", "done"] as const) {
      leave(rig.parent, killed(rig), part);
      leave(rig.target, killed(rig), part);
    }
    expect(await restore(rig)).toEqual([]);
    expect(rig.beside()).toEqual([]);
    expect(readFiles(rig.target)).toEqual({ file: "new" });
  });

  it.each(["old", "meanwhile"] as const)(
    "as %s holds data: it stays and is named each time",
    async (part) => {
      const rig = stagingRig();
      const kept = [leave(rig.parent, killed(rig), part), leave(rig.target, killed(rig), part)];
      for (const _ of [1, 2]) {
        const warnings = await restore(rig);
        for (const path of kept) {
          expect(warnings.join("\n")).toContain(path);
          expect(readFiles(path)).toEqual({ "sub/file": part });
        }
      }
      expect(readFiles(rig.target)).toMatchObject({ file: "new" });
      expect(readFiles(rig.target)).not.toHaveProperty("mine");
    },
  );

  it("as an empty old is removed without a word", async () => {
    const rig = stagingRig();
    mkdirSync(join(rig.parent, `${stagingName(killed(rig).self)}.old`));
    expect(await restore(rig)).toEqual([]);
    expect(rig.beside()).toEqual([]);
  });

  it("does not make an empty target one that is not", async () => {
    const rig = stagingRig({});
    leave(rig.target, killed(rig), "new");
    const staging = await rig.open({ onExisting: "refuse" });
    await staging.swap();
    expect(readFiles(rig.target)).toEqual({ file: "new" });
  });
});

describe("what a restore is writing", () => {
  it("stays while its process lives", async () => {
    const rig = stagingRig();
    const owner = rig.machine.startProcess();
    const paths = (["new", "old", "done"] as const).map((part) => leave(rig.parent, owner, part));
    expect(await restore(rig)).toEqual([]);
    expect(rig.beside()).toHaveLength(paths.length);
  });

  it.runIf(kernelCalls().lock !== undefined)(
    "in another container stays while it holds its lock, and goes when it does not",
    async () => {
      const rig = stagingRig();
      const path = leave(rig.parent, new FakeMachine("elsewhere").startProcess(), "new");
      const handle = await open(path, "r");
      onTestFinished(() => handle.close());
      kernelCalls().lock?.(handle.fd);
      expect(await restore(rig)).toEqual([]);
      expect(readFiles(path)).toEqual({ "sub/file": "new" });
      await handle.close();
      expect(await restore(rig)).toEqual([]);
      expect(rig.beside()).toEqual([]);
    },
  );

  it("and is swept all the same is never swapped in by half", async () => {
    const rig = stagingRig();
    const staging = await rig.open();
    rig.machine.kill({ self: { ...rig.machine.startProcess().self, pid: 100 } } as ProcessTable);
    expect(await restore(rig)).toEqual([]);
    await expect(staging.swap()).rejects.toMatchObject({ code: "refused" });
    expect(readFiles(rig.target)).toEqual({ file: "new" });
  });

  it("is known as such to another restore: both end whole", async () => {
    const rig = stagingRig();
    const first = await rig.open({}, { file: "first" });
    const second = await rig.open({}, { file: "second" });
    await first.swap();
    expect(readFiles(rig.target)).toEqual({ file: "first" });
    await second.swap();
    expect(readFiles(rig.target)).toEqual({ file: "second" });
    expect(rig.beside()).toEqual([]);
  });
});

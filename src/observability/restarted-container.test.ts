/** Processes of earlier starts of a container, judged from within: on pretended /proc directories of it and its neighbours. */
import { mkdirSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { beforeEach, describe, expect, it } from "vitest";
import { temporaryDirectory } from "../../test/fakes/temporary-directory.ts";
import type { ProcessIdentity, ProcessTable } from "../ports/process-identity.ts";
import { systemProcessTable } from "./process-identity.ts";

interface Surroundings {
  boot?: string;
  pidNamespace: string;
  /** Both when they began, in ticks since the boot. */
  first: number;
  self: number;
  /** That the engine mounted the host name of. */
  id?: string;
  layer?: string;
}

const ID = "83bb693fe3d9d8125b9417a9ee43eac5360fa7decef2c755bae3e8696506a828";
const OTHER_ID = ID.replace("83", "00");

function tableIn(container: Surroundings): ProcessTable {
  const proc = temporaryDirectory();
  const { boot = "boot", pidNamespace, first, self } = container;
  for (const folder of ["sys/kernel/random", "self/ns", "1", String(process.pid)])
    mkdirSync(join(proc, folder), { recursive: true });
  writeFileSync(join(proc, "sys/kernel/random/boot_id"), `${boot}\n`);
  symlinkSync(`pid:[${pidNamespace}]`, join(proc, "self/ns/pid"));
  writeFileSync(join(proc, "self/mountinfo"), mountsOf(container));
  for (const [pid, began] of [
    [1, first],
    [process.pid, self],
  ])
    writeFileSync(join(proc, `${pid}/stat`), `${pid} (holdfast run) S ${"0 ".repeat(18)}${began} 0\n`);
  return systemProcessTable(proc);
}

function mountsOf({ id, layer }: Surroundings): string {
  const root = `72 48 0:39 / / ro,relatime master:2 - overlay overlay rw,lowerdir=/o/l/A:/o/l/B,upperdir=${layer},workdir=/o/w`;
  const host = `90 72 254:0 /var/lib/docker/containers/${id}/hostname /etc/hostname rw - ext4 /dev/vda rw`;
  const shown = [...(layer === undefined ? [] : [root]), ...(id === undefined ? [] : [host])];
  return `${shown.join("\n")}\n73 72 0:42 / /proc rw,nosuid - proc proc rw\n`;
}

describe("the process table of a container", () => {
  const before = { id: ID, layer: "/o/1/diff", pidNamespace: "1", first: 1_000, self: 1_500 };
  const after = { ...before, pidNamespace: "2", first: 2_000, self: 2_010 };
  let killed: ProcessIdentity;

  beforeEach(() => {
    killed = tableIn(before).self;
  });

  it("knows that everything of its earlier starts is dead", () => {
    expect(tableIn(after).fateOf(killed)).toBe("dead");
  });

  it("knows nothing of another container, nor of one that shares its network or the name of its layer", () => {
    const strangers = [
      { ...after, layer: "/o/2/diff" },
      { ...after, id: OTHER_ID },
    ];
    for (const other of strangers) expect(tableIn(other).fateOf(killed)).toBe("unknown");
  });

  it("knows nothing of one that it cannot tell from another", () => {
    for (const missing of ["id", "layer"] as const) {
      const unmarked = ({ [missing]: _, ...rest }: Surroundings) => tableIn(rest);
      expect(unmarked(before).self.container).toBe("");
      expect(unmarked(after).fateOf(unmarked(before).self)).toBe("unknown");
    }
  });

  it("knows nothing of another machine, nor of another boot of it", () => {
    expect(tableIn({ ...after, boot: "another" }).fateOf(killed)).toBe("unknown");
    expect(tableIn(after).fateOf({ ...killed, host: "another" })).toBe("unknown");
  });

  it("takes nobody of its own start for dead who has gone into a pid namespace of its own", () => {
    expect(tableIn(after).fateOf({ ...killed, pidNamespace: "pid:[3]", startTime: "2005" })).toBe("unknown");
    expect(tableIn(after).fateOf({ ...killed, startTime: "2000" })).toBe("unknown");
  });

  it("knows nothing of a process whose start is unknown, or from before containers were written down", () => {
    expect(tableIn(after).fateOf({ ...killed, startTime: "" })).toBe("unknown");
    expect(tableIn(after).fateOf({ ...killed, container: "" })).toBe("unknown");
  });
});

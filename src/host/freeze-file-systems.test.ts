import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { beforeEach, describe, expect, it } from "vitest";
import { temporaryDirectory } from "../../test/fakes/temporary-directory.ts";
import { freezeAll, thawAll } from "./freeze-file-systems.ts";

/** By path, what fsfreeze is told of it: an error, or nothing. */
let refusals: Record<string, string>;
let frozen: string[];
let table: string;

const LINES = [
  "1 0 0:50 / / ro - overlay overlay rw",
  "2 1 8:1 /docker/hosts /etc/hosts rw - ext4 /dev/sda1 rw",
  "3 1 8:3 /state /var/lib/holdfast rw - ext4 /dev/sda3 rw",
  "4 1 8:16 / /source/data ro - ext4 /dev/sdb rw",
  "5 1 8:16 /sub /source/part ro - ext4 /dev/sdb rw",
  "6 1 8:32 / /source/home ro - xfs /dev/sdc rw",
  "7 1 8:1 /logs /source/logs ro - ext4 /dev/sda1 rw",
  "8 1 8:3 /x /source/near ro - ext4 /dev/sda3 rw",
];

beforeEach(() => {
  [refusals, frozen] = [{}, []];
  table = join(temporaryDirectory(), "mountinfo");
  writeFileSync(table, `${LINES.join("\n")}\n`);
});

const around = () => ({
  table,
  run: async ([, way, path = ""]: readonly string[]) => {
    const stderr = refusals[path] ?? "";
    if (stderr === "")
      frozen = way === "--freeze" ? [...frozen, path] : frozen.filter((each) => each !== path);
    return { exitCode: stderr === "" ? 0 : 1, stderr };
  },
});

const freeze = (...paths: string[]) => freezeAll({ paths, stateDirectory: "/var/lib/holdfast" }, around());

describe("File systems", () => {
  it("are frozen once each, however many paths lie on one", async () => {
    expect(await freeze("/source/data/db", "/source/part", "/source/home")).toEqual([
      "/source/data/db",
      "/source/home",
    ]);
    await thawAll(frozen, around());
    expect(frozen).toEqual([]);
  });

  it.each([
    ["/var/lib/holdfast", "Holdfast keeps its own state on it, and could not thaw it"],
    ["/source/near", "Holdfast keeps its own state on it, and could not thaw it"],
    ["/source/logs", "the container engine keeps its files on it, and could not thaw it"],
    ["/nowhere", "nothing is mounted there"],
  ])("are not frozen at %s, nor any other with it", async (path, why) => {
    await expect(freeze("/source/data", path)).rejects.toMatchObject({
      code: "refused",
      message: expect.stringContaining(why) as string,
    });
    expect(frozen).toEqual([]);
  });

  it("are all thawed again when one cannot be frozen, but that which somebody else has frozen", async () => {
    refusals["/source/home"] = "fsfreeze: /source/home: freeze failed: Device or resource busy";
    await expect(freeze("/source/data", "/source/home")).rejects.toThrow("somebody else has frozen it");
    expect(frozen).toEqual([]);
  });

  it("that are not frozen are thawed already; of those that cannot be, each is told", async () => {
    refusals["/a"] = "fsfreeze: /a: unfreeze failed: Invalid argument";
    await thawAll(["/a"], around());
    refusals["/b"] = "fsfreeze: cannot open /b";
    frozen = ["/c"];
    await expect(thawAll(["/b", "/c"], around())).rejects.toThrow(
      "cannot open /b; `sudo fsfreeze --unfreeze`",
    );
    expect(frozen).toEqual([]);
  });
});

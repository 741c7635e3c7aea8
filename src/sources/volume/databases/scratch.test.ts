import fs from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";

import { FakeClock } from "../../../../test/fakes/fake-clock.ts";
import { FakeMachine } from "../../../../test/fakes/process-tables.ts";
import { temporaryDirectory } from "../../../../test/fakes/temporary-directory.ts";
import { DAY } from "../../../domain/instant.ts";
import { makePlace, newScratch, tidyScratch } from "./scratch.ts";

const NOW = Date.parse("2026-11-21T12:00:00Z");

function workshop() {
  const parent = join(temporaryDirectory(), "scratch");
  const machine = new FakeMachine();
  const processes = machine.startProcess();
  const clock = new FakeClock(NOW);
  const tidy = (where = parent) => tidyScratch(where, { processes, clock });
  const placeOf = (owner: typeof processes) => makePlace(newScratch(parent, owner), "1");
  return { parent, machine, processes, tidy, placeOf };
}

describe("scratch", () => {
  it("keeps what a living process has there, and whatever else is there, and drops what a dead one left", async () => {
    const { parent, machine, tidy, placeOf, processes } = workshop();
    const dead = machine.startProcess();
    const places = [await placeOf(processes), await placeOf(machine.startProcess())];
    const left = await placeOf(dead);
    fs.writeFileSync(join(parent, "capture-of-mine"), "mine");
    machine.kill(dead);
    await tidy();
    expect(places.map((place) => fs.existsSync(place))).toEqual([true, true]);
    expect(fs.existsSync(left)).toBe(false);
    expect(fs.readFileSync(join(parent, "capture-of-mine"), "utf8")).toBe("mine");
  });

  it("keeps what another machine has there for a day", async () => {
    const { tidy, placeOf } = workshop();
    const place = join(await placeOf(new FakeMachine("host-b").startProcess()), "..");
    const at = (age: number) => fs.utimesSync(place, new Date(NOW - age), new Date(NOW - age));
    at(DAY);
    await tidy();
    expect(fs.existsSync(place)).toBe(true);
    at(DAY + 1000);
    await tidy();
    expect(fs.existsSync(place)).toBe(false);
  });

  it("need not be there yet", async () => {
    await expect(workshop().tidy()).resolves.toBeUndefined();
  });

  it("says which directory it cannot use, why, and what to set", async () => {
    const { parent, tidy, placeOf, processes } = workshop();
    fs.writeFileSync(parent, "a file");
    const message =
      /^Making room for copies of databases in .*scratch.* failed: a part of its path is not a directory; see that .*`scratch`/;
    await expect(tidy()).rejects.toThrow(message);
    await expect(placeOf(processes)).rejects.toThrow(message);
  });
});

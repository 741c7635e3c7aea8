/** What happens to stored objects of chains, at random: a verify finds each, and tells them apart. */
import { expect, it } from "vitest";

import { ARCHIVE_OBJECT, INDEX_OBJECT } from "../../src/domain/recovery-point.ts";
import { temporaryDirectory } from "../fakes/temporary-directory.ts";
import { DamageRig } from "./damage-rig.ts";
import { flipOf, flipped } from "./flips.ts";
import { randomFrom } from "./moments.ts";

const FLIPS = 40;
const OF_EACH_KIND = 3;

it("finds every flipped bit of every object of a full and of incrementals (a sample: npm run torture -- --flips does 2,000), and tells what else happened to them", async () => {
  const seed = Math.floor(Math.random() * 2 ** 31);
  console.info(`npm run torture -- --seed ${seed} --flips ${FLIPS}`);
  const rig = new DamageRig(temporaryDirectory());
  await rig.prepare();
  expect(await rig.verifyWith(new Map())).toEqual([]);
  expect(rig.records.map(({ kind }) => kind[0])).toEqual(["f", "i", "i", "f", "i"]);
  expect(rig.records[2]?.needs.length).toBe(2);

  const random = randomFrom(seed);
  for (let at = 0; at < FLIPS; at++) {
    const flip = flipOf(at, rig, random);
    const told = await rig.verifyWith(new Map([[flip.key, flipped(rig.bytesOf(flip.key), flip)]]));
    expect(told.join(" "), JSON.stringify(flip)).toContain(flip.key.split("/").at(-2));
  }

  for (let at = 0; at < OF_EACH_KIND; at++) {
    const name = random() < 0.5 ? ARCHIVE_OBJECT : INDEX_OBJECT;
    const point = Math.floor(random() * rig.records.length);
    const other = (point + 1 + Math.floor(random() * (rig.records.length - 1))) % rig.records.length;
    const [key, otherKey] = [rig.keyOf(point, name), rig.keyOf(other, name)];
    const [bytes, otherBytes] = [rig.bytesOf(key), rig.bytesOf(otherKey)];
    const context = `seed ${seed}, ${key}, ${otherKey}`;
    const tellsOf = async (changes: [string, Buffer | undefined][]) =>
      (await rig.verifyWith(new Map(changes))).join("\n");

    const length = Math.floor(random() * bytes.length);
    expect(await tellsOf([[key, bytes.subarray(0, length)]]), context).toContain(
      `${key} was cut: it has ${length} bytes`,
    );

    const swapped = await tellsOf([
      [key, otherBytes],
      [otherKey, bytes],
    ]);
    for (const [at_, id] of [
      [key, rig.records[other]?.id],
      [otherKey, rig.records[point]?.id],
    ])
      expect(swapped, context).toContain(`${at_} is ${name} of recovery point ${id}: objects were swapped`);

    expect(await tellsOf([[key, Buffer.concat([bytes, bytes])]]), context).toContain(
      `${key} was written twice, one copy after the other`,
    );
    expect(await tellsOf([[key, bytes.subarray(0, 0)]]), context).toContain(`${key} was cut: it has 0 bytes`);
    expect(await tellsOf([[key, undefined]]), context).toContain(`${key} is missing`);
    const stale = await rig.staleVersionOf(name);
    expect(await tellsOf([[key, stale]]), context).toContain(`${key} is another version, whole by itself`);
  }
}, 300_000);

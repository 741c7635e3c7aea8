/** Flips bits in every region of a captured DuckDB database, plain and encrypted: a check finds each, and outlives right blocks in wrong places. */
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";

import { randomFrom } from "../moments.ts";
import { FlipRig, REGIONS } from "./flip-rig.ts";

const PLAIN_OF_FIVE = 4;
const SWAP_EVERY = 10;

export async function tortureDatabaseFlips(
  wanted: number,
  seed: number,
  print: (line: string) => void = console.log,
): Promise<void> {
  print(`seed ${seed}: ${wanted} flips in captured databases`);
  const root = mkdtempSync(`${tmpdir()}/holdfast-`);
  const counts = new Map<string, number>();
  const count = (what: string) => counts.set(what, (counts.get(what) ?? 0) + 1);
  try {
    const [plain, encrypted] = [new FlipRig(root), new FlipRig(root, { isEncrypted: true })];
    await plain.prepare();
    await encrypted.prepare();
    const random = randomFrom(seed);
    for (let at = 0; at < wanted; at++) {
      const [rig, kind] =
        Math.floor(at / REGIONS.length) % 5 < PLAIN_OF_FIVE ? [plain, "plain"] : [encrypted, "encrypted"];
      const region = REGIONS[at % REGIONS.length] ?? "data";
      const flip = await rig.checkFlipped(region, random);
      if (flip.outcome === "missed") throw new Error(`seed ${seed}, flip ${at + 1}: not found: ${flip.at}`);
      count(`${kind} ${region} ${flip.outcome}`);
      if (at % SWAP_EVERY === 0) count(`swapped blocks ${(await rig.checkSwapped(random)).state}`);
    }
  } finally {
    rmSync(root, { recursive: true });
  }
  print(`${wanted} of ${wanted} flips were found; ${summary(counts)}`);
}

function summary(counts: Map<string, number>): string {
  return [...counts]
    .sort()
    .map(([what, number]) => `${what}: ${number}`)
    .join(", ");
}

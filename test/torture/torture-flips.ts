/** Flips stored bits at random offsets over all objects of full and incremental points: a verify finds every one, and names the point. */
import { rmSync, mkdtempSync } from "node:fs";
import { tmpdir } from "node:os";
import { basename, dirname, join } from "node:path";

import { DamageRig } from "./damage-rig.ts";
import { flipOf, flipped } from "./flips.ts";
import { randomFrom } from "./moments.ts";

export async function tortureFlips(wanted: number, seed: number): Promise<void> {
  const startedAt = performance.now();
  console.log(`seed ${seed}: ${wanted} flips`);
  const root = mkdtempSync(join(tmpdir(), "holdfast-"));
  const random = randomFrom(seed);
  const counts = new Map<string, number>();
  try {
    const rig = new DamageRig(root);
    await rig.prepare();
    const before = await rig.verifyWith(new Map());
    if (before.length > 0) throw new Error(`there is damage before any flip: ${before.join(" ")}`);
    for (let at = 0; at < wanted; at++) {
      const flip = flipOf(at, rig, random);
      const told = await rig.verifyWith(new Map([[flip.key, flipped(rig.bytesOf(flip.key), flip)]]));
      if (!told.join(" ").includes(basename(dirname(flip.key))))
        throw new Error(
          `seed ${seed}, flip ${at + 1}: not found: ${JSON.stringify(flip)}: ${told.join(" ")}`,
        );
      const { kind } = rig.records.find(({ id }) => flip.key.includes(id)) ?? { kind: "" };
      const what = `${kind} ${basename(flip.key)}`;
      counts.set(what, (counts.get(what) ?? 0) + 1);
      if ((at + 1) % 200 === 0)
        console.log(`${at + 1} flips, ${Math.round((performance.now() - startedAt) / 1000)} s`);
    }
  } finally {
    rmSync(root, { recursive: true });
  }
  const [seconds, cpu] = [(performance.now() - startedAt) / 1000, process.cpuUsage()];
  const cpuSeconds = (cpu.user + cpu.system) / 1e6;
  console.log(
    `${wanted} of ${wanted} flips were found in ${Math.round(seconds)} s (${Math.round(cpuSeconds)} s of CPU time)`,
  );
  console.log(
    `in: ${[...counts]
      .sort()
      .map(([what, count]) => `${what} ${count}`)
      .join(", ")}`,
  );
}

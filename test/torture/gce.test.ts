import { it } from "vitest";
import { tortureGce } from "./gce/torture-gce.ts";

it("snapshots are made once, labelled and deleted alone, through random faults of Compute Engine (a sample: npm run torture -- --gce does more)", async () => {
  const seed = Math.floor(Math.random() * 2 ** 31);
  console.info(`npm run torture -- --seed ${seed} --gce 25`);
  await tortureGce({ cases: 25, seed, print: (line) => console.info(line) });
});

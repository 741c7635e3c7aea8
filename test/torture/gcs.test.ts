import { it } from "vitest";

import { tortureGcs } from "./gcs/torture-gcs.ts";

it("a stream arrives in Cloud Storage through faults at random requests (a sample: npm run torture -- --gcs does more)", async () => {
  const seed = Math.floor(Math.random() * 2 ** 31);
  console.info(`npm run torture -- --seed ${seed} --gcs 0.25`);
  await tortureGcs({ gibibytes: 1 / 4, seed, print: (line) => console.info(line) });
});

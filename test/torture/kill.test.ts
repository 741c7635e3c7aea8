import { expect, it, onTestFinished } from "vitest";

import { KillRig } from "./kill-rig.ts";
import { momentOf, operationOf, randomFrom } from "./moments.ts";

const KILLS = 8;
const TRIES = 40;

it("loses no point and leaves nothing behind, whenever a backup or a prune is killed (a sample: npm run torture does 200)", async () => {
  const seed = Math.floor(Math.random() * 2 ** 31);
  console.info(`npm run torture -- --seed ${seed} --kills ${KILLS}`);
  const rig = new KillRig();
  onTestFinished(() => rig.dispose());
  await rig.prepare();

  const random = randomFrom(seed);
  let kills = 0;
  for (let at = 0; at < TRIES && kills < KILLS; at++) {
    const operation = operationOf(at);
    if ((await rig.kill(operation, momentOf(at, rig[operation], random))) === undefined) continue;
    kills++;
    if (random() < 0.5) await rig.recover();
  }
  await rig.recover();

  expect(kills).toBe(KILLS);
  expect(rig.restored).toBeGreaterThan(KILLS / 2);
}, 180_000);

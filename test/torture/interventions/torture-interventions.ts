/** Kills sidecars at random moments of interventions, on an engine of its own, which it restarts at times. */
import type { PrivateEngine } from "../../e2e/lab/private-engine.ts";
import { randomFrom } from "../moments.ts";
import { onPrivateEngine } from "./on-private-engine.ts";
import { measureRun, shoot, type Hit, type Shot } from "./shoot.ts";
import { ShotStack, type Mode } from "./shot-stack.ts";
import { describeHits, type Counted } from "./tally.ts";

export interface InterventionTorture {
  /** Half of them by each way of holding. */
  kills: number;
  seed: number;
  print: (line: string) => void;
}

/** Worth a line, to be looked at. */
const SLOW_MS = 15_000;

/** Throws at the first container that is not as it was before. */
export async function tortureInterventions(options: InterventionTorture): Promise<void> {
  await onPrivateEngine(async ({ engine, ...access }) => {
    const stack = new ShotStack(access);
    try {
      await stack.up();
      await shootAll(stack, engine, options);
    } finally {
      await stack.remove();
    }
  });
}

async function shootAll(
  stack: ShotStack,
  engine: PrivateEngine,
  { kills, seed, print }: InterventionTorture,
): Promise<void> {
  const random = randomFrom(seed);
  const took = { pause: await measureRun(stack, "pause"), stop: await measureRun(stack, "stop") };
  print(
    `seed ${seed}: a run holds until ${Math.round(took.pause)} ms by pause, ${Math.round(took.stop)} by stop`,
  );
  const counted: Counted[] = [];
  for (let at = 1; at <= kills; at++) {
    const shot = randomShot(at % 2 === 0 ? "pause" : "stop", { took, random, engine });
    const told = `seed ${seed}, kill ${at}, ${describeShot(shot)}`;
    const hit = await shoot(stack, shot).catch((cause: unknown) => {
      throw new Error(told, { cause });
    });
    counted.push({ shot, hit });
    took[shot.mode] = guessAgain(took[shot.mode], shot, hit);
    if (hit.releasedAfterMs > SLOW_MS) print(`${told}: ${JSON.stringify(hit)}`);
    if (at % 10 === 0 || at === kills) print(describeHits(counted));
  }
  print(`${kills} kills: every container that ran runs, none that did not was started`);
}

interface Aim {
  took: Record<Mode, number>;
  random: () => number;
  engine: PrivateEngine;
}

function randomShot(mode: Mode, { took, random, engine }: Aim): Shot {
  const [restarts, crashes] = [random() < 0.2, random() < 0.3];
  const whose = random();
  return {
    ...{ mode, afterMs: random() * took[mode] * 1.1, recreatesService: random() < 0.15 },
    rescuer: whose < 0.4 ? "restarted sidecar" : whose < 0.5 ? "recreated sidecar" : "guard",
    engine: restarts ? { kind: crashes ? "crash" : "restart", of: engine } : undefined,
  };
}

/** A machine that does other things, too, is at times slower: else all kills would come too early or too late. */
function guessAgain(took: number, { afterMs }: Shot, { moment, endedAfterMs }: Hit): number {
  if (endedAfterMs !== undefined) return (took + endedAfterMs) / 2;
  const isEarly = moment !== "after it" && afterMs > took * 0.7;
  return isEarly ? took * 1.3 : took;
}

function describeShot({ engine, ...shot }: Shot): string {
  return JSON.stringify({ ...shot, engine: engine?.kind });
}

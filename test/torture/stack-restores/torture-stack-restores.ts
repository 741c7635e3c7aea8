/** Kills sidecars, restoring containers and engines at random moments of restores in place through the engine. */
import type { PrivateEngine } from "../../e2e/lab/private-engine.ts";
import { onPrivateEngine } from "../interventions/on-private-engine.ts";
import { countLines } from "../interventions/tally.ts";
import { randomFrom } from "../moments.ts";
import { RestoreStack } from "./restore-stack.ts";
import { shootRestore, VICTIMS, type RestoreHit, type RestoreShot } from "./shoot-restore.ts";

export interface StackRestoreTorture {
  kills: number;
  seed: number;
  print: (line: string) => void;
}

interface Counted {
  shot: RestoreShot;
  hit: RestoreHit;
}

/** Worth a line, to be looked at. */
const SLOW_MS = 30_000;

/** Throws at the first volume that is a mixture, and at the first service that is not as it was before. */
export async function tortureStackRestores(options: StackRestoreTorture): Promise<void> {
  await onPrivateEngine(async ({ engine, ...access }) => {
    const stack = new RestoreStack(access);
    try {
      await stack.up();
      await shootAll(stack, engine, options);
    } finally {
      await stack.remove();
    }
  });
}

async function shootAll(
  stack: RestoreStack,
  engine: PrivateEngine,
  { kills, seed, print }: StackRestoreTorture,
): Promise<void> {
  const random = randomFrom(seed);
  const took = await measureRestore(stack);
  print(`seed ${seed}: a restore takes ${Math.round(took)} ms`);
  const counted: Counted[] = [];
  for (let at = 1; at <= kills; at++) {
    const shot = randomShot(random, took);
    const told = `seed ${seed}, kill ${at}, ${JSON.stringify(shot)}`;
    const hit = await shootRestore(stack, engine, shot).catch(async (cause: unknown) => {
      throw new Error(`${told}\n${await stack.logs()}`, { cause });
    });
    counted.push({ shot, hit });
    if (hit.settledAfterMs > SLOW_MS) print(`${told}: ${JSON.stringify(hit)}`);
    if (hit.content === "point") await stack.fill("now");
    if (at % 10 === 0 || at === kills) print(`${at} kills\n${describe(counted).join("\n")}`);
  }
  print(`${kills} kills: the volume was always all of one content, and the services as before`);
}

async function measureRestore(stack: RestoreStack): Promise<number> {
  await stack.fill("now");
  const startedAt = performance.now();
  const { exitCode, stderr } = await stack.holdfast("restore", "data", "--in-place", "--yes");
  if (exitCode !== 0) throw new Error(stderr);
  const took = performance.now() - startedAt;
  const content = await stack.settled({ sidecarLives: true });
  if (content !== "point") throw new Error("an unhurt restore did not restore");
  await stack.fill("now");
  return took;
}

function randomShot(random: () => number, took: number): RestoreShot {
  const aim = random();
  const since = aim < 0.4 ? "command" : aim < 0.55 ? "writing" : "moving";
  // What comes after the first move is soon over.
  const within = { command: took, writing: took / 4, moving: 300 }[since];
  const whose = random();
  return {
    victim: VICTIMS[Math.floor(random() * VICTIMS.length)] ?? "sidecar",
    rescuer: whose < 0.4 ? "restarted sidecar" : whose < 0.5 ? "recreated sidecar" : "guard",
    ...{ since, afterMs: random() * within, withForensics: random() < 0.5 },
  };
}

function describe(counted: readonly Counted[]): string[] {
  const timed = counted.map(({ shot, hit }) => ({ shot, hit, ms: hit.settledAfterMs }));
  return [
    ...countLines(timed, ({ shot, hit }) => `${shot.victim} killed: ${hit.moment}, became ${hit.content}`),
    ...countLines(timed, ({ shot }) => `rescuer if one is needed: ${shot.rescuer}`),
  ];
}

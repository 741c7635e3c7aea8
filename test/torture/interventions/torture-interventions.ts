/** Kills sidecars at random moments of interventions, on an engine of its own, which it restarts at times. */
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { must } from "../../e2e/lab/command.ts";
import { openLab, type Lab } from "../../e2e/lab/lab.ts";
import { startPrivateEngine, type PrivateEngine } from "../../e2e/lab/private-engine.ts";
import { randomFrom } from "../moments.ts";
import { measureRun, shoot, type Rescuer, type Shot } from "./shoot.ts";
import { ShotStack, type Mode } from "./shot-stack.ts";
import { Tally } from "./tally.ts";

export interface InterventionTorture {
  /** Half of them by each way of holding. */
  kills: number;
  seed: number;
  print: (line: string) => void;
}

/** Throws at the first container that is not as it was before. */
export async function tortureInterventions(options: InterventionTorture): Promise<void> {
  const opened = await openLab();
  const { lab } = opened;
  const directory = await mkdtemp(join(tmpdir(), "holdfast-shots-"));
  const engine = await startPrivateEngine(join(directory, "engine"));
  try {
    await copyImages(lab, engine.host);
    const env = { ...lab.env, DOCKER_HOST: engine.host };
    const stack = new ShotStack({ env, image: lab.image, socket: engine.host.replace("unix://", "") });
    await stack.up();
    await shootAll(stack, engine, options);
    await stack.remove();
  } finally {
    await engine.remove();
    await rm(directory, { recursive: true, force: true });
    await opened.close();
  }
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
  const tally = new Tally();
  for (let at = 1; at <= kills; at++) {
    const { shot, engineWas } = randomShot(at % 2 === 0 ? "pause" : "stop", { took, random, engine });
    const told = `seed ${seed}, kill ${at}, engine ${engineWas}, ${JSON.stringify(shot)}`;
    const hit = await shoot(stack, shot).catch((cause: unknown) => {
      throw new Error(told, { cause });
    });
    tally.count({ shot, hit, engineWas });
    if (at % 10 === 0 || at === kills) print(tally.text());
  }
  print(`${kills} kills: every container that ran runs, none that did not was started`);
}

interface Aim {
  took: Record<Mode, number>;
  random: () => number;
  engine: PrivateEngine;
}

function randomShot(mode: Mode, { took, random, engine }: Aim): { shot: Shot; engineWas: string } {
  const [restarts, crashes] = [random() < 0.2, random() < 0.3];
  const again = crashes ? () => engine.crash() : () => engine.restart();
  const whose = random();
  const rescuer: Rescuer = whose < 0.4 ? "restarted sidecar" : whose < 0.5 ? "recreated sidecar" : "guard";
  const shot = {
    ...{ mode, rescuer, afterMs: random() * took[mode] * 1.1 },
    recreatesService: random() < 0.15,
    restartEngine: restarts ? again : undefined,
  };
  return { shot, engineWas: restarts ? (crashes ? "crashed" : "restarted") : "left alone" };
}

/** There is no registry to take them from. */
async function copyImages({ env, image }: Lab, to: string): Promise<void> {
  const script = 'docker save "$1" "$2" | docker --host "$3" load --quiet';
  await must("sh", ["-c", script, "sh", image, "debian:bookworm-slim", to], { env });
}

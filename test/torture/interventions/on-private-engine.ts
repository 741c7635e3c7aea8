/** An engine of one's own for what restarts it, with the images of the lab. Removed with all that runs on it. */
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { must } from "../../e2e/lab/command.ts";
import { openLab, type Lab } from "../../e2e/lab/lab.ts";
import { startPrivateEngine, type PrivateEngine } from "../../e2e/lab/private-engine.ts";
import type { ShotStackOptions } from "./shot-containers.ts";

export interface OnPrivateEngine extends ShotStackOptions {
  engine: PrivateEngine;
}

export async function onPrivateEngine(work: (on: OnPrivateEngine) => Promise<void>): Promise<void> {
  const opened = await openLab();
  const { lab } = opened;
  const directory = await mkdtemp(join(tmpdir(), "holdfast-shots-"));
  const engine = await startPrivateEngine(join(directory, "engine"), { hasNetworks: false });
  try {
    await copyImages(lab, engine.host);
    const env = { ...lab.env, DOCKER_HOST: engine.host };
    await work({ engine, env, image: lab.image, socket: engine.host.replace("unix://", "") });
  } finally {
    await engine.remove();
    await rm(directory, { recursive: true, force: true });
    await opened.close();
  }
}

/** There is no registry to take them from. */
async function copyImages({ env, image }: Lab, to: string): Promise<void> {
  const script = 'docker save "$1" "$2" | docker --host "$3" load --quiet';
  await must("sh", ["-c", script, "sh", image, "debian:bookworm-slim", to], { env });
}

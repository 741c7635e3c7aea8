/** What a test of the lab is given: an engine of its own, Compose, and the image of this work tree. */
import { randomUUID } from "node:crypto";
import { mkdir, mkdtemp, rm, stat } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { run } from "./command.ts";
import { installCompose, unpackEngine26 } from "./debian.ts";
import { buildHoldfastImage, ensureDebianImage, ensureNodeImage, type DockerAccess } from "./images.ts";
import { unmountBelow } from "./unmount-below.ts";
import { IP } from "./own-bridge.ts";
import { startPrivateEngine, type PrivateEngine } from "./private-engine.ts";

export interface Lab extends DockerAccess {
  /** For `DOCKER_HOST`. */
  host: string;
  /** The image of this work tree. */
  image: string;
  /** The engine is the lab's own: it may be ended and started. */
  isPrivate: boolean;
}

export interface OpenLab {
  lab: Lab;
  close(): Promise<void>;
}

/** Debian's packages that a private engine is made with. */
const PROGRAMS = ["/usr/sbin/dockerd", "/usr/bin/docker", "/usr/sbin/debootstrap", IP];

/** Why there can be no lab here, as a reason to skip by; undefined where there can. */
export async function whyNoLab(): Promise<string | undefined> {
  if (process.env["HOLDFAST_TEST_DOCKER_HOST"]) return undefined;
  if (process.platform !== "linux" || process.getuid?.() !== 0) {
    return "a private Docker Engine needs root on Linux; name another one by HOLDFAST_TEST_DOCKER_HOST";
  }
  for (const program of PROGRAMS) {
    if (!(await stat(program).catch(() => undefined))?.isFile()) {
      return `${program} is missing (Debian: apt-get install docker.io iptables debootstrap iproute2)`;
    }
  }
  return undefined;
}

export async function openLab(): Promise<OpenLab> {
  const directory = await mkdtemp(join(tmpdir(), "holdfast-lab-"));
  const given = process.env["HOLDFAST_TEST_DOCKER_HOST"];
  const engine = given === undefined ? await privateEngine(directory) : undefined;
  let lab: Lab | undefined;
  const close = async () => {
    if (lab !== undefined && engine === undefined) {
      await run("/usr/bin/docker", ["rmi", "--force", lab.image], { env: lab.env });
    }
    await engine?.remove();
    await unmountBelow(directory);
    await rm(directory, { recursive: true, force: true });
  };
  try {
    const host = engine?.host ?? given ?? "";
    const config = join(directory, "config");
    lab = {
      // Others may test their own work tree on the same engine.
      ...{ host, image: `holdfast:test-${randomUUID().slice(0, 8)}`, isPrivate: engine !== undefined },
      env: { DOCKER_HOST: host, DOCKER_CONFIG: config },
    };
    await equip(lab, directory, config);
    return { lab, close };
  } catch (error) {
    await close();
    throw error;
  }
}

/** This machine's own, or by HOLDFAST_TEST_ENGINE=26 a newer one. */
async function privateEngine(directory: string): Promise<PrivateEngine> {
  const wanted = process.env["HOLDFAST_TEST_ENGINE"];
  const place = join(directory, "engine");
  if (wanted === undefined) return startPrivateEngine(place);
  if (wanted === "26") {
    return startPrivateEngine(place, { program: await unpackEngine26(join(directory, "engine-26")) });
  }
  throw new Error(`HOLDFAST_TEST_ENGINE is ${wanted}, and may be 26.`);
}

async function equip(lab: Lab, directory: string, config: string): Promise<void> {
  await mkdir(config);
  const images = async () => {
    await ensureDebianImage(lab, directory);
    await ensureNodeImage(lab, directory);
    await buildHoldfastImage(lab, lab.image);
  };
  const compose = async () => {
    if ((await run("/usr/bin/docker", ["compose", "version"], { env: lab.env })).exitCode === 0) return;
    await installCompose(config, join(directory, "compose"));
  };
  await Promise.all([images(), compose()]);
}

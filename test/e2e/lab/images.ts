/**
 * Stand-ins for the images that a registry would give: built from Debian's and npm's packages alone, and tagged with the
 * very names that the Dockerfile and the stacks use. An engine that has an image of that name keeps its own.
 */
import { cp, mkdir, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { must, run } from "./command.ts";
import { debianMirror } from "./debian.ts";

const RELEASE = "bookworm";
const DEBIAN = `debian:${RELEASE}-slim`;
/** Half a minute where nothing else runs. */
const DEBOOTSTRAP_LIMIT_MS = 900_000;
const CERTIFICATES = "/etc/ssl/certs/ca-certificates.crt";
export const PROJECT = fileURLToPath(new URL("../../..", import.meta.url));

export interface DockerAccess {
  /** `DOCKER_HOST` and `DOCKER_CONFIG`: all that the docker command needs to reach the lab's engine. */
  env: Readonly<Record<string, string>>;
}

/** Runs the docker command against the lab's engine; gives its standard output. */
export function docker({ env }: DockerAccess, ...args: string[]): Promise<string> {
  return must("/usr/bin/docker", args, { env });
}

export async function hasImage({ env }: DockerAccess, name: string): Promise<boolean> {
  return (await run("/usr/bin/docker", ["image", "inspect", name], { env })).exitCode === 0;
}

/** The smallest Debian that apt can add to. Needs root, like the engine itself. */
export async function ensureDebianImage(access: DockerAccess, scratch: string): Promise<void> {
  if (await hasImage(access, DEBIAN)) return;
  const root = join(scratch, "debian");
  const args = ["--variant=minbase", RELEASE, root, await debianMirror()];
  await must("debootstrap", args, { limitMs: DEBOOTSTRAP_LIMIT_MS });
  await must("sh", ["-c", `tar -C "$1" -c . | docker import - "$2"`, "sh", root, DEBIAN], {
    env: access.env,
  });
}

/** Node 26 and an npm on Debian, with the certificates and the npm settings of this machine, so that `npm ci` works in it. */
export async function ensureNodeImage(access: DockerAccess, scratch: string): Promise<void> {
  const name = "node:26-bookworm-slim";
  if (await hasImage(access, name)) return;
  const context = join(scratch, "node");
  await mkdir(context, { recursive: true });
  const npm = join((await must("npm", ["root", "--global"])).trim(), "npm");
  const { registry } = JSON.parse(await must("npm", ["config", "list", "--json"])) as { registry: string };
  await cp(join(PROJECT, "node_modules/node/bin/node"), join(context, "node"), { dereference: true });
  await cp(npm, join(context, "npm"), { recursive: true });
  await cp(CERTIFICATES, join(context, "certificates.crt"), { dereference: true });
  await writeFile(
    join(context, "npmrc"),
    `registry=${registry}\ncafile=${CERTIFICATES}\naudit=false\nfund=false\nupdate-notifier=false\n`,
  );
  await build(access, name, context, [
    `FROM ${DEBIAN}`,
    "RUN apt-get update -qq && apt-get install -y -qq --no-install-recommends libatomic1 ca-certificates",
    "COPY node /usr/local/bin/node",
    "COPY npm /usr/local/lib/node_modules/npm",
    "RUN ln -s ../lib/node_modules/npm/bin/npm-cli.js /usr/local/bin/npm",
    "RUN mkdir -p /usr/local/etc /usr/local/lib/node_modules/npm",
    "COPY npmrc /usr/local/etc/npmrc",
    `COPY certificates.crt ${CERTIFICATES}`,
    `ENV NODE_EXTRA_CA_CERTS=${CERTIFICATES}`,
  ]);
}

/** Packages of Debian on the Debian image, with a command to run them by. */
export async function ensureServiceImage(
  access: DockerAccess,
  scratch: string,
  { name, packages, lines }: { name: string; packages: readonly string[]; lines: readonly string[] },
): Promise<void> {
  if (await hasImage(access, name)) return;
  const context = join(scratch, name.replaceAll(":", "-"));
  await mkdir(context, { recursive: true });
  await build(access, name, context, [
    `FROM ${DEBIAN}`,
    `RUN apt-get update -qq && DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends ${packages.join(" ")}`,
    ...lines,
  ]);
}

/** The project's own Dockerfile, unchanged, from the work tree. */
export async function buildHoldfastImage(access: DockerAccess, name: string): Promise<void> {
  await must("/usr/bin/docker", ["build", "--quiet", "--tag", name, PROJECT], {
    env: { ...access.env, DOCKER_BUILDKIT: "0" },
  });
}

async function build(
  access: DockerAccess,
  name: string,
  context: string,
  lines: readonly string[],
): Promise<void> {
  const file = join(dirname(context), `${name.replaceAll(/\W/g, "-")}.Dockerfile`);
  await writeFile(file, `${lines.join("\n")}\n`);
  await must("/usr/bin/docker", ["build", "--quiet", "--tag", name, "--file", file, context], {
    env: { ...access.env, DOCKER_BUILDKIT: "0" },
  });
}

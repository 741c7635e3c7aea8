/** What Debian's package tools tell and give: the mirror this machine uses, and single packages of another release. */
import { copyFile, mkdir, readdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { must } from "./command.ts";

const KEYRING = "/usr/share/keyrings/debian-archive-keyring.gpg";

/** The address that this machine's own apt takes Debian's packages from, so that no file of ours names one. */
export async function debianMirror(): Promise<string> {
  const targets = await must("apt-get", [
    "indextargets",
    ...["--format", "$(REPO_URI) $(ORIGIN) $(COMPONENT) $(RELEASE)"],
    "Created-By: Packages",
  ]);
  const lines = targets.split("\n").map((line) => line.split(" "));
  const main = lines.find(
    ([, origin, component, release = ""]) =>
      origin === "Debian" && component === "main" && /^[a-z]+$/.test(release),
  );
  if (main?.[0] === undefined) throw new Error(`apt knows no mirror of Debian: ${targets}`);
  return main[0];
}

/** Unpacks one package of a Debian release into the directory, without installing it or what it depends on. */
export async function unpackPackage(name: string, release: string, directory: string): Promise<void> {
  const apt = join(directory, "apt");
  await mkdir(join(apt, "lists/partial"), { recursive: true });
  await mkdir(join(apt, "cache/archives/partial"), { recursive: true });
  await writeFile(
    join(apt, "sources.list"),
    `deb [signed-by=${KEYRING}] ${await debianMirror()} ${release} main\n`,
  );
  const settings = {
    "Dir::Etc::SourceList": join(apt, "sources.list"),
    "Dir::Etc::SourceParts": "/dev/null",
    "Dir::State::Lists": join(apt, "lists"),
    "Dir::Cache": join(apt, "cache"),
    "APT::Sandbox::User": "root",
  };
  const options = Object.entries(settings).flatMap(([key, value]) => ["-o", `${key}=${value}`]);
  await must("apt-get", [...options, "update"]);
  await must("apt-get", [...options, "download", name], { cwd: directory });
  const [deb] = (await readdir(directory)).filter((file) => file.endsWith(".deb"));
  if (deb === undefined) throw new Error(`apt downloaded no package ${name}.`);
  await must("dpkg", ["-x", join(directory, deb), directory]);
}

/** Compose v2, which Debian 12 does not have, as a plugin of the docker command whose configuration is in the directory. */
export async function installCompose(dockerConfig: string, scratch: string): Promise<void> {
  await mkdir(join(dockerConfig, "cli-plugins"), { recursive: true });
  await unpackPackage("docker-compose", "trixie", scratch);
  await copyFile(
    join(scratch, "usr/libexec/docker/cli-plugins/docker-compose"),
    join(dockerConfig, "cli-plugins/docker-compose"),
  );
}

/** Docker 26, of Debian 13; gives its path. It runs with the containerd and runc of this machine: runc of Debian 13 needs a newer C library. */
export async function unpackEngine26(scratch: string): Promise<string> {
  await mkdir(scratch, { recursive: true });
  await unpackPackage("docker.io", "trixie", scratch);
  return join(scratch, "usr/sbin/dockerd");
}

/** What rclone is driven against: OpenSSH's SFTP, and WebDAV as rclone itself serves it. */
import { spawn, spawnSync, type ChildProcess } from "node:child_process";
import { once } from "node:events";
import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { createServer, type AddressInfo } from "node:net";
import { userInfo } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { cpuSecondsOf, type StoreServer } from "./store-server.ts";

const SSHD = "/usr/sbin/sshd";

export async function startSftp(directory: string): Promise<StoreServer> {
  const at = (name: string) => join(directory, name);
  mkdirSync(at("kept"), { recursive: true });
  if (process.getuid?.() === 0) mkdirSync("/run/sshd", { recursive: true });
  for (const key of ["host", "user"])
    spawnSync("ssh-keygen", ["-q", "-t", "ed25519", "-N", "", "-C", "", "-f", at(key)]);
  const port = await freePort();
  const settings = {
    ...{ Port: port, ListenAddress: "127.0.0.1", HostKey: at("host"), AuthorizedKeysFile: at("user.pub") },
    ...{ StrictModes: "no", UsePAM: "no", PermitRootLogin: "yes", PidFile: "none" },
    Subsystem: "sftp internal-sftp",
  };
  const options = Object.entries(settings).flatMap(([name, value]) => ["-o", `${name}=${value}`]);
  const child = spawn(SSHD, ["-D", "-e", "-f", "/dev/null", ...options], {
    stdio: ["ignore", "ignore", "pipe"],
  });
  await lineOf(child, /listening/i);
  const [type, key] = readFileSync(at("host.pub"), "utf8").split(" ");
  writeFileSync(at("known"), `[127.0.0.1]:${port} ${type} ${key}\n`);
  const remote = {
    ...{ type: "sftp", host: "127.0.0.1", port: String(port), user: userInfo().username },
    ...{ key_file: at("user"), known_hosts_file: at("known") },
  };
  return served("sftp", child, { config: configFile(at("rclone.conf"), remote), path: at("kept") });
}

export async function startWebdav(directory: string): Promise<StoreServer> {
  const kept = join(directory, "kept");
  mkdirSync(kept, { recursive: true });
  const args = ["serve", "webdav", kept, "--addr", "127.0.0.1:0", "--config", "/dev/null"];
  const child = spawn("rclone", [...args, "--dir-cache-time", "0"], { stdio: ["ignore", "ignore", "pipe"] });
  const url = /http:\/\/127\.0\.0\.1:\d+\//.exec(await lineOf(child, /http:\/\/127/))?.[0] ?? "";
  const config = configFile(join(directory, "rclone.conf"), { type: "webdav", url, vendor: "owncloud" });
  return served("webdav", child, { config, path: "" });
}

function served(name: string, child: ChildProcess, at: { config: string; path: string }): StoreServer {
  child.stderr?.resume();
  const remote = `box:${at.path}`;
  const raw = `${remote === "box:" ? remote : `${remote}/`}raw`;
  const copy = (from: string, to: string) => ({
    program: "rclone",
    args: ["copyto", "--config", at.config, from, to],
  });
  return {
    name,
    options: { kind: "rclone", remote, configFile: at.config },
    put: (file) => copy(file, raw),
    get: (target) => copy(raw, target),
    cpuSeconds: () => cpuSecondsOf(child.pid ?? 0),
    stop: async () => {
      const ended = once(child, "exit");
      child.kill();
      await ended;
    },
  };
}

function configFile(path: string, remote: Record<string, string>): string {
  const lines = Object.entries(remote).map(([name, value]) => `${name} = ${value}`);
  writeFileSync(path, ["[box]", ...lines, ""].join("\n"));
  return path;
}

async function lineOf(child: ChildProcess, pattern: RegExp): Promise<string> {
  if (child.stderr !== null)
    for await (const line of createInterface({ input: child.stderr })) if (pattern.test(line)) return line;
  throw new Error("the server did not start");
}

async function freePort(): Promise<number> {
  const server = createServer().listen(0, "127.0.0.1");
  await once(server, "listening");
  const { port } = server.address() as AddressInfo;
  server.close();
  await once(server, "close");
  return port;
}

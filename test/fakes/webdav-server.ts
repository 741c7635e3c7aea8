/** A WebDAV server that serves a directory: rclone's own. */
import { spawn, type ChildProcess } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { createInterface } from "node:readline";

export class WebdavServer {
  readonly #directory: string;
  #child: ChildProcess;
  readonly #url: string;

  private constructor(directory: string, { child, url }: Launched) {
    this.#directory = directory;
    this.#child = child;
    this.#url = url;
  }

  static async start(directory: string, host = "127.0.0.1"): Promise<WebdavServer> {
    return new WebdavServer(directory, await launch(directory, `${host}:0`));
  }

  /** A config of rclone's, in a new folder of the directory, whose remote `box` is this server. */
  rcloneConfig(directory: string): string {
    const path = join(mkdtempSync(join(directory, "config-")), "rclone.conf");
    writeFileSync(path, `[box]\ntype = webdav\nurl = ${this.#url}\nvendor = owncloud\n`);
    return path;
  }

  /** Kills it. */
  goDown(): Promise<void> {
    return this.#end("SIGKILL");
  }

  /** Starts it again, on the same port. */
  async comeUp(): Promise<void> {
    ({ child: this.#child } = await launch(this.#directory, new URL(this.#url).host));
  }

  stop(): Promise<void> {
    return this.#end("SIGTERM");
  }

  async #end(signal: NodeJS.Signals): Promise<void> {
    if (this.#child.exitCode !== null || this.#child.signalCode !== null) return;
    const ended = once(this.#child, "exit");
    this.#child.kill(signal);
    await ended;
  }
}

interface Launched {
  child: ChildProcess;
  url: string;
}

async function launch(directory: string, address: string): Promise<Launched> {
  const child = spawn(
    "rclone",
    ["serve", "webdav", directory, "--addr", address, "--config", "/dev/null", "--dir-cache-time", "0"],
    { stdio: ["ignore", "ignore", "pipe"] },
  );
  for await (const line of createInterface({ input: child.stderr })) {
    const url = /(http:\/\/[\d.]+:\d+\/)/.exec(line)?.[1];
    if (url === undefined) continue;
    child.stderr.resume();
    return { child, url };
  }
  throw new Error("the WebDAV server did not start");
}

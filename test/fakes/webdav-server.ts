/** A WebDAV server that serves a directory: rclone's own. */
import { spawn, type ChildProcess } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { createInterface } from "node:readline";

export class WebdavServer {
  readonly #child: ChildProcess;
  readonly #url: string;

  private constructor(child: ChildProcess, url: string) {
    this.#child = child;
    this.#url = url;
  }

  static async start(directory: string, host = "127.0.0.1"): Promise<WebdavServer> {
    const child = spawn(
      "rclone",
      ["serve", "webdav", directory, "--addr", `${host}:0`, "--config", "/dev/null", "--dir-cache-time", "0"],
      { stdio: ["ignore", "ignore", "pipe"] },
    );
    for await (const line of createInterface({ input: child.stderr })) {
      const url = /(http:\/\/[\d.]+:\d+\/)/.exec(line)?.[1];
      if (url === undefined) continue;
      child.stderr.resume();
      return new WebdavServer(child, url);
    }
    throw new Error("the WebDAV server did not start");
  }

  /** A config of rclone's, in a new folder of the directory, whose remote `box` is this server. */
  rcloneConfig(directory: string): string {
    const path = join(mkdtempSync(join(directory, "config-")), "rclone.conf");
    writeFileSync(path, `[box]\ntype = webdav\nurl = ${this.#url}\nvendor = owncloud\n`);
    return path;
  }

  async stop(): Promise<void> {
    const ended = once(this.#child, "exit");
    this.#child.kill();
    await ended;
  }
}

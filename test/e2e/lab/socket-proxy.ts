/** The documented socket proxy: its rules, one by one, and running ones. */
import { randomUUID } from "node:crypto";
import { readFileSync } from "node:fs";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { waitUntil } from "../wait-until.ts";
import { docker, ensureServiceImage } from "./images.ts";
import type { Lab } from "./lab.ts";

const CONFIG = fileURLToPath(new URL("../../../config/socket-proxy/haproxy.cfg", import.meta.url));
const IMAGE = "haproxy:2.6";

export interface ProxyRule {
  /** The line of the config that says it. */
  line: string;
  /** `request` as in EngineRight: `POST /containers/*\/pause`. */
  allows(request: string): boolean;
}

export const PROXY_CONFIG = readFileSync(CONFIG, "utf8");

/** One of each line that allows something. */
export function proxyRules(): ProxyRule[] {
  return PROXY_CONFIG.split("\n").flatMap((line) => {
    if (!line.includes("http-request allow")) return [];
    const [, method, path] = /^ *http-request allow if METH_([A-Z]+) \{ path_reg (\S+) \}$/.exec(line) ?? [];
    if (method === undefined || path === undefined) throw new Error(`This rule is not understood: ${line}`);
    const pattern = new RegExp(path);
    return [
      {
        line,
        allows(request) {
          const [asked, of = ""] = request.split(" ");
          return asked === method && pattern.test(`/v1.41${of.replaceAll("*", "1a2b3c")}`);
        },
      },
    ];
  });
}

/** The config without the rule. */
export function configWithout({ line }: ProxyRule): string {
  return PROXY_CONFIG.replace(`${line}\n`, "");
}

export function ensureProxyImage(lab: Lab, scratch: string): Promise<void> {
  return ensureServiceImage(lab, scratch, { name: IMAGE, packages: ["haproxy"], lines: [] });
}

/** Starts proxies before the lab's engine, and removes all of them. */
export class Proxies {
  readonly #lab: Lab;
  readonly #started: string[] = [];
  #directory: string | undefined;

  constructor(lab: Lab) {
    this.#lab = lab;
  }

  /** The address of one with this config, once it answers. */
  async start(config: string): Promise<string> {
    const directory = (this.#directory ??= await mkdtemp(join(tmpdir(), "holdfast-")));
    const name = `proxy-${randomUUID().slice(0, 8)}`;
    const path = join(directory, `${name}.cfg`);
    await writeFile(path, config);
    await ensureProxyImage(this.#lab, directory);
    this.#started.push(name);
    const socket = this.#lab.host.slice("unix://".length);
    await docker(
      this.#lab,
      ...["run", "--detach", "--name", name, "--publish", "127.0.0.1:0:2375"],
      ...["--volume", `${path}:/haproxy.cfg:ro`, "--volume", `${socket}:/var/run/docker.sock`],
      ...[IMAGE, "haproxy", "-db", "-f", "/haproxy.cfg"],
    );
    const address = (await docker(this.#lab, "port", name, "2375/tcp")).split("\n")[0] ?? "";
    await waitUntil("the proxy answers", () =>
      fetch(`http://${address}/_ping`).then(
        () => true,
        () => false,
      ),
    );
    return `tcp://${address}`;
  }

  async remove(): Promise<void> {
    if (this.#started.length > 0) await docker(this.#lab, "rm", "--force", ...this.#started);
    if (this.#directory !== undefined) await rm(this.#directory, { recursive: true, force: true });
  }
}

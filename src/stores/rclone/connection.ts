/** The connection of one store to its remote: an rclone that is started when it is needed and ended when it has been idle. */
import { HoldfastError } from "../../domain/errors.ts";
import { MINUTE } from "../../domain/instant.ts";
import type { Clock } from "../../ports/clock.ts";
import { takeConfig } from "./config-in-use.ts";
import { RcloneApi } from "./rclone-api.ts";
import { RcloneProcess, type RcloneLaunch } from "./rclone-process.ts";
import { Remote, type Features } from "./remote.ts";

const IDLE_LIMIT = MINUTE;

export interface Connected {
  remote: Remote;
  features: Features;
}

export interface ConnectionOptions extends Pick<
  RcloneLaunch,
  "binary" | "remote" | "options" | "environment"
> {
  configFile: string;
  clock: Clock;
  /** Of the store. */
  name: string;
}

interface Opened extends Connected {
  process: RcloneProcess;
  api: RcloneApi;
  users: number;
}

export class Connection {
  readonly #options: ConnectionOptions;
  /** What the next user gets. */
  #opening: Promise<Opened> | undefined;
  #idle = new AbortController();

  constructor(options: ConnectionOptions) {
    this.#options = options;
  }

  /** What it gives is good until `release`. A failed start is tried again by the next caller. */
  async take(): Promise<Connected> {
    const opened = await this.#open();
    opened.users++;
    this.#idle.abort();
    return opened;
  }

  async release(connected: Connected): Promise<void> {
    const opened = connected as Opened;
    opened.users--;
    if (opened.users > 0) return;
    if ((await this.#opening?.catch(() => undefined)) !== opened) return end(opened);
    if (opened.users > 0) return;
    this.#idle = new AbortController();
    const { clock } = this.#options;
    clock.sleep(IDLE_LIMIT, { signal: this.#idle.signal, unref: true }).then(
      () => this.close(),
      () => undefined,
    );
  }

  /** The next user gets a new rclone: this one ends with its last user. */
  async retire(connected: Connected): Promise<void> {
    const current = this.#opening;
    if ((await current?.catch(() => undefined)) !== connected) return;
    if (this.#opening === current) this.#opening = undefined;
  }

  /** Idempotent. The next use starts anew. */
  async close(): Promise<void> {
    this.#idle.abort();
    const opening = this.#opening;
    this.#opening = undefined;
    const opened = await opening?.catch(() => undefined);
    if (opened !== undefined) await end(opened);
  }

  /** Callers share one start. Those who waited for one that failed share another. */
  async #open(): Promise<Opened> {
    const opening = this.#opening;
    const opened = await opening?.catch(() => undefined);
    if (opened?.process.isRunning === true) return opened;
    if (this.#opening !== undefined && this.#opening !== opening) return this.#opening;
    opened?.api.close();
    this.#opening = this.#start();
    return this.#opening;
  }

  async #start(): Promise<Opened> {
    const { configFile, clock, name } = this.#options;
    const what = `Connecting store ${name}`;
    const config = await takeConfig(configFile, what);
    try {
      const process = await RcloneProcess.start({ ...this.#options, configPath: config.path, what });
      const api = new RcloneApi(process);
      try {
        const remote = new Remote(api, clock);
        return { process, api, remote, features: await this.#inspect(remote, what), users: 0 };
      } catch (error) {
        api.close();
        await process.end();
        throw error;
      }
    } finally {
      await config.settled();
    }
  }

  async #inspect(remote: Remote, what: string): Promise<Features> {
    const { name, features } = await remote.info();
    if (!features.PutStream)
      throw unsupported(what, `${name} only takes objects whose size is told beforehand`);
    if (!features.Move && !features.Copy)
      throw unsupported(what, `${name} can neither rename nor copy an object`);
    if (features.BucketBased || (await remote.hasRoot())) return features;
    throw new HoldfastError("store", {
      what,
      why: `the folder of ${name} does not exist`,
      next: `make it, e.g. by \`rclone mkdir ${this.#options.remote}\`, or check the address in rclone's config, and that its disk is mounted there`,
    });
  }
}

async function end({ api, process }: Opened): Promise<void> {
  api.close();
  await process.end();
}

/** rclone would write such an upload to a local disk first, however large it is. */
function unsupported(what: string, why: string): HoldfastError {
  const next = "see docs/rclone-store.md for what a remote must be able to do (WebDAV: vendor = owncloud)";
  return new HoldfastError("unsupported", { what, why, next });
}

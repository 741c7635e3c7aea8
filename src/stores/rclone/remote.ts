/** The operations on a remote that a store is made of, each one call of rclone's API. Errors come raw. */
import type { IncomingMessage } from "node:http";
import { dirname } from "node:path/posix";
import { z } from "zod";
import type { Clock } from "../../ports/clock.ts";
import { isAbsent, type RcloneApi } from "./rclone-api.ts";
import { REMOTE_NAME } from "./rclone-process.ts";
import { upload } from "./upload.ts";

const FS = `${REMOTE_NAME}:`;

const Item = z.object({ Path: z.string(), Size: z.number(), ModTime: z.string(), IsDir: z.boolean() });
const Stat = z.object({ item: Item.nullable() });
const Listing = z.object({ list: z.array(Item) });
const About = z.object({ free: z.number().optional(), total: z.number().optional() });
const Config = z.record(z.string(), z.string()).catch({});
const Info = z.object({
  String: z.string(),
  Features: z.object({
    About: z.boolean(),
    BucketBased: z.boolean(),
    CanHaveEmptyDirectories: z.boolean(),
    Copy: z.boolean(),
    Move: z.boolean(),
    PutStream: z.boolean(),
  }),
});

export type Features = z.infer<typeof Info>["Features"];

export interface RemoteItem {
  path: string;
  isFolder: boolean;
  size: number;
  modifiedAt: number;
}

export class Remote {
  readonly #api: RcloneApi;
  readonly #clock: Clock;

  constructor(api: RcloneApi, clock: Clock) {
    this.#api = api;
    this.#clock = clock;
  }

  /** What kind of remote it is, and its name for messages. Connects. */
  async info(): Promise<{ name: string; features: Features }> {
    const { String: name, Features: features } = Info.parse(await this.#call("fsinfo", {}));
    return { name, features };
  }

  /** Undefined when there is no such object; a folder is none. */
  async stat(path: string, signal?: AbortSignal): Promise<RemoteItem | undefined> {
    const answer = await absentAs(undefined, this.#stat(path, signal));
    return answer === undefined || answer.isFolder ? undefined : answer;
  }

  /** Everything below a folder, in no order; undefined when there is no such folder. */
  async list(folder: string, signal?: AbortSignal): Promise<RemoteItem[] | undefined> {
    const opt = { recurse: true, noMimeType: true };
    return absentAs(undefined, this.#list({ remote: folder, opt }, signal));
  }

  /** Whether the remote's own folder is there. */
  async hasRoot(): Promise<boolean> {
    const opt = { dirsOnly: true, noMimeType: true, noModTime: true };
    return (await absentAs(undefined, this.#list({ remote: "", opt }))) !== undefined;
  }

  /** Idempotent. */
  async remove(path: string, signal?: AbortSignal): Promise<void> {
    await absentAs(undefined, this.#call("deletefile", { remote: path }, signal));
  }

  /**
   * By a rename or copy of the server's own, which is not interrupted. What becomes of an object that is there already is the
   * server's affair: it may refuse, or replace it.
   */
  async move(from: string, to: string): Promise<void> {
    const between = { srcFs: FS, srcRemote: from, dstFs: FS, dstRemote: to };
    await this.#api.call("operations/movefile", { ...between, _config: { NoCheckDest: true } });
  }

  /** Fails when anything is in it. */
  async removeEmptyFolder(path: string, signal?: AbortSignal): Promise<void> {
    await this.#call("rmdir", { remote: path }, signal);
  }

  /** Compared by size, and by a digest where the remote has one. Returns the size. */
  async upload(
    path: string,
    body: AsyncIterable<Uint8Array>,
    { what, signal }: { what: string; signal: AbortSignal | undefined },
  ): Promise<number> {
    const folder = dirname(path) === "." ? "" : dirname(path);
    const query = new URLSearchParams({ fs: FS, remote: folder });
    return upload(this.#api, body, {
      ...{ path: `/operations/uploadfile?${query.toString()}`, name: path.slice(path.lastIndexOf("/") + 1) },
      ...{ what, signal, clock: this.#clock },
    });
  }

  async read(path: string, range: string | undefined, signal?: AbortSignal): Promise<IncomingMessage> {
    return this.#api.read(`/[${FS}]/${path.split("/").map(encodeURIComponent).join("/")}`, range, signal);
  }

  async about(): Promise<{ freeBytes: number; totalBytes: number } | undefined> {
    const { free, total } = About.parse(await this.#call("about", {}));
    return free === undefined || total === undefined ? undefined : { freeBytes: free, totalBytes: total };
  }

  /** What rclone's config file says of a remote; empty for one that it does not know. */
  async configOf(name: string): Promise<Record<string, string>> {
    return Config.parse(await this.#api.call("config/get", { name }));
  }

  async #stat(path: string, signal?: AbortSignal): Promise<RemoteItem | undefined> {
    const opt = { filesOnly: true, noMimeType: true };
    const { item } = Stat.parse(await this.#call("stat", { remote: path, opt }, signal));
    return item === null ? undefined : toItem(item);
  }

  async #list(params: object, signal?: AbortSignal): Promise<RemoteItem[]> {
    return Listing.parse(await this.#call("list", params, signal)).list.map(toItem);
  }

  #call(operation: string, params: object, signal?: AbortSignal): Promise<unknown> {
    return this.#api.call(`operations/${operation}`, { fs: FS, ...params }, signal);
  }
}

function toItem({ Path, Size, ModTime, IsDir }: z.infer<typeof Item>): RemoteItem {
  return { path: Path, isFolder: IsDir, size: Size, modifiedAt: Math.floor(Date.parse(ModTime)) };
}

async function absentAs<T, U>(instead: U, answer: Promise<T>): Promise<T | U> {
  try {
    return await answer;
  } catch (error) {
    if (isAbsent(error)) return instead;
    throw error;
  }
}

/**
 * The index cache as files in the state directory: `indexes/<job>/<sha256>.jsonl.zst`, the newest one of each job. That of an encrypted
 * point is kept as it was before, under the digest of what is stored and that of its own content.
 */
import { createHash, randomUUID, type Hash } from "node:crypto";
import { createReadStream } from "node:fs";
import { mkdir, open, readdir, rename, rm, type FileHandle } from "node:fs/promises";
import { join } from "node:path";
import { HoldfastError } from "../domain/errors.ts";
import type { PointObject } from "../domain/recovery-point.ts";
import type { Fetch, IndexCache, IndexCopy } from "../ports/index-cache.ts";

export function openIndexCache(stateDirectory: string): IndexCache {
  const folderOf = (job: string): string => join(stateDirectory, "indexes", job);
  return {
    async obtain(job, object, fetch) {
      const folder = folderOf(job);
      const name = (await findName(folder, object)) ?? (await fetchTo(folder, object, fetch));
      await removeOthers(folder, name);
      return join(folder, name);
    },
    copy: (job) => new FileCopy(folderOf(job)),
  };
}

const ENDING = ".jsonl.zst";

function nameOf(object: PointObject, contentSha256: string): string {
  return isEncrypted(object) ? `${object.sha256}-${contentSha256}${ENDING}` : `${object.sha256}${ENDING}`;
}

function isEncrypted({ contentSize }: PointObject): boolean {
  return contentSize !== undefined;
}

/** Of the file that holds the object's content. */
async function findName(folder: string, object: PointObject): Promise<string | undefined> {
  const name = isEncrypted(object)
    ? await namedAfter(folder, `${object.sha256}-`)
    : nameOf(object, object.sha256);
  const digest = name?.slice(-(ENDING.length + object.sha256.length), -ENDING.length) ?? "";
  return name !== undefined && (await holds(join(folder, name), digest)) ? name : undefined;
}

async function namedAfter(folder: string, beginning: string): Promise<string | undefined> {
  const names = await readdir(folder).catch(() => []);
  return names.find((name) => name.startsWith(beginning));
}

async function holds(path: string, sha256: string): Promise<boolean> {
  const digest = createHash("sha256");
  try {
    for await (const chunk of createReadStream(path)) digest.update(chunk as Buffer);
  } catch {
    return false;
  }
  return digest.digest("hex") === sha256;
}

/** Gives the name. */
async function fetchTo(folder: string, object: PointObject, fetch: Fetch): Promise<string> {
  const file = await NewFile.create(folder);
  try {
    for await (const chunk of fetch()) await file.write(chunk);
    const name = await file.finish(object);
    if (name !== undefined) return name;
    throw new HoldfastError("damaged", {
      what: `Fetching ${object.name}`,
      why: "its bytes are not those that its commit record names",
      next: "verify the job's recovery points",
    });
  } catch (error) {
    await file.discard();
    throw error;
  }
}

/** Also what killed processes left: runs of one job never overlap. */
async function removeOthers(folder: string, kept: string): Promise<void> {
  for (const name of await readdir(folder)) {
    if (name !== kept) await rm(join(folder, name), { force: true });
  }
}

/** Bytes under a temporary name, which become a file of the cache only when they are an object's. */
class NewFile {
  readonly #folder: string;
  readonly #path: string;
  readonly #handle: FileHandle;
  readonly #digest: Hash = createHash("sha256");
  #size = 0;

  private constructor(folder: string, path: string, handle: FileHandle) {
    this.#folder = folder;
    this.#path = path;
    this.#handle = handle;
  }

  static async create(folder: string): Promise<NewFile> {
    await mkdir(folder, { recursive: true, mode: 0o700 });
    const path = join(folder, `.${randomUUID()}.tmp`);
    return new NewFile(folder, path, await open(path, "wx", 0o600));
  }

  async write(chunk: Uint8Array): Promise<void> {
    this.#digest.update(chunk);
    this.#size += chunk.length;
    await this.#handle.writeFile(chunk);
  }

  /**
   * Gives the name; undefined, and nothing is kept, when the bytes are not the object's: of an encrypted one, what decrypts has seen
   * to that, and its size is compared. Not synced: what a power cut damages is fetched again.
   */
  async finish(object: PointObject): Promise<string | undefined> {
    await this.#handle.close();
    const sha256 = this.#digest.digest("hex");
    const isWhole = isEncrypted(object) ? this.#size === object.contentSize : sha256 === object.sha256;
    const name = nameOf(object, sha256);
    if (isWhole) await rename(this.#path, join(this.#folder, name));
    else await rm(this.#path, { force: true });
    return isWhole ? name : undefined;
  }

  async discard(): Promise<void> {
    await this.#handle.close().catch(() => undefined);
    await rm(this.#path, { force: true }).catch(() => undefined);
  }
}

/** A full disk ends the copy, not the backup. */
class FileCopy implements IndexCopy {
  #file: Promise<NewFile | undefined>;

  constructor(folder: string) {
    this.#file = NewFile.create(folder).catch(() => undefined);
  }

  async write(chunk: Uint8Array): Promise<void> {
    const file = await this.#file;
    await file?.write(chunk).catch(() => this.discard());
  }

  async keep(object: PointObject): Promise<void> {
    const file = await this.#file;
    await file?.finish(object).catch(() => this.discard());
    this.#file = Promise.resolve(undefined);
  }

  async discard(): Promise<void> {
    const file = await this.#file;
    this.#file = Promise.resolve(undefined);
    await file?.discard();
  }
}

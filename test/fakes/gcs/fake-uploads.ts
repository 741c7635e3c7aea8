/** Resumable uploads of the fake: blocks of a stream, of which the last one makes the object. */
import { randomUUID } from "node:crypto";
import { Crc32c } from "../../../src/stores/gcs/crc32c.ts";
import { FakeRefusal, type FakeBucket, type FakeObject } from "./fake-bucket.ts";

/** Blocks but the last have to be multiples of it, and only multiples of it survive a cut. */
const GRANULE = 256 * 1024;

interface Session {
  name: string;
  sent: Readonly<Record<string, unknown>>;
  ifGenerationMatch: string | undefined;
  blocks: Buffer[];
  size: number;
  digest: Crc32c;
  made: FakeObject | undefined;
}

export interface BlockRange {
  /** Undefined where the request only asks, or ends the upload without bytes. */
  offset: number | undefined;
  total: number | undefined;
}

export function parseContentRange(header: string | undefined): BlockRange {
  const found = /^bytes (?:\*|(\d+)-\d+)\/(?:\*|(\d+))$/.exec(header ?? "");
  if (found === null)
    throw new FakeRefusal(400, "invalid", `Failed to parse Content-Range header: ${header}`);
  const number = (text: string | undefined) => (text === undefined ? undefined : Number(text));
  return { offset: number(found[1]), total: number(found[2]) };
}

export class FakeUploads {
  readonly #bucket: FakeBucket;
  readonly #sessions = new Map<string, Session>();
  /** False: the bytes of blocks are counted and forgotten. */
  keepsBytes = true;

  constructor(bucket: FakeBucket) {
    this.#bucket = bucket;
  }

  /** How many have neither ended nor been given up. */
  get unfinished(): number {
    return [...this.#sessions.values()].filter(({ made }) => made === undefined).length;
  }

  start(sent: Readonly<Record<string, unknown>>, ifGenerationMatch: string | undefined): string {
    const name = String(sent["name"]);
    this.#bucket.assertCondition(name, ifGenerationMatch);
    const id = randomUUID();
    const session = { name, sent, ifGenerationMatch, blocks: [], size: 0, made: undefined };
    this.#sessions.set(id, { ...session, digest: new Crc32c() });
    return id;
  }

  /** Takes a block, cut off or whole. The object, once all is there. */
  take(
    id: string,
    range: BlockRange,
    bytes: Buffer,
    options: { isCut: boolean; hash?: string | undefined },
  ): FakeObject | undefined {
    const session = this.#session(id);
    if (session.made !== undefined) return session.made;
    const { offset = session.size, total } = range;
    if (offset !== session.size) throw new FakeRefusal(503, "backendError", `expected byte ${session.size}`);
    const kept = options.isCut ? bytes.subarray(0, bytes.byteLength - (bytes.byteLength % GRANULE)) : bytes;
    if (total === undefined && kept.byteLength % GRANULE !== 0) {
      throw new FakeRefusal(400, "badRequest", "blocks have to be multiples of 256 KiB");
    }
    if (this.keepsBytes) session.blocks.push(Buffer.from(kept));
    session.digest.update(kept);
    session.size += kept.byteLength;
    return session.size === total ? this.#finish(session, options.hash) : undefined;
  }

  sizeOf(id: string): number {
    return this.#session(id).size;
  }

  forget(id: string): void {
    this.#sessions.delete(id);
  }

  forgetAll(): void {
    this.#sessions.clear();
  }

  #session(id: string): Session {
    const session = this.#sessions.get(id);
    if (session === undefined) throw new FakeRefusal(404, "notFound", "No such upload");
    return session;
  }

  #finish(session: Session, hash: string | undefined): FakeObject {
    const { name, sent, ifGenerationMatch, blocks, size, digest } = session;
    const crc32c = digest.toBase64();
    this.#bucket.assertDigest(hash === undefined ? undefined : /crc32c=([^,]+)/.exec(hash)?.[1], crc32c);
    this.#bucket.assertCondition(name, ifGenerationMatch);
    session.made = this.#bucket.create(name, { bytes: Buffer.concat(blocks), size, crc32c }, sent);
    return session.made;
  }
}

/** Writes one recovery point to several stores at once: each byte is produced and encrypted once and goes to all of them. */
import { createHash, hash as digestOf, type Hash } from "node:crypto";
import { isSeekTable } from "../archive/seek-table.ts";
import { HoldfastError, messageOf } from "../domain/errors.ts";
import { storedName, type CommitRecord, type PointObject } from "../domain/recovery-point.ts";
import type { Encryption, SealedFacts, SealedSink } from "../ports/encryption.ts";
import type { ByteSink } from "../ports/source.ts";
import { SecretDigest } from "./secret-digest.ts";
import { FanOut } from "./fan-out.ts";
import { Destination, type BackupStore, type DestinationOptions } from "./destination.ts";

export interface PointWriterOptions extends Pick<DestinationOptions, "prefix" | "clock" | "signal"> {
  stores: readonly BackupStore[];
  /** Undefined: nothing is encrypted. */
  encryption?: Encryption | undefined;
}

interface WrittenObject {
  hash: Hash;
  /** For reading it back. */
  secret: SecretDigest;
  size: number;
  /** Of the last chunk, if it is a seek table: an object that has one ends in it. */
  seekTableSha256: string | undefined;
  /** What encrypts it. */
  sealed: SealedSink | undefined;
}

export class PointWriter {
  readonly #signal: AbortSignal;
  readonly #destinations: Destination[];
  readonly #fanOut: FanOut;
  readonly #encryption: Encryption | undefined;
  /** By the names under which they are stored. */
  readonly #objects = new Map<string, WrittenObject>();

  constructor({ stores, encryption, ...options }: PointWriterOptions) {
    this.#encryption = encryption;
    this.#signal = options.signal;
    this.#destinations = stores.map((store) => new Destination({ ...store, ...options }));
    this.#fanOut = new FanOut({ destinations: this.#destinations, clock: options.clock });
  }

  /** Until it is called back, no time is lost for a store that is slower than another one. */
  hurry(): () => void {
    return this.#fanOut.hurry();
  }

  /** Takes the object's content; `name` is that of the content, too. */
  openObject(content: string): ByteSink {
    const name = storedName(content, this.#encryption ?? null);
    if (this.#objects.has(name)) {
      throw new HoldfastError("internal", { what: `Opening object ${name}`, why: "it was opened twice" });
    }
    const object: WrittenObject = {
      hash: createHash("sha256"),
      secret: new SecretDigest(),
      size: 0,
      seekTableSha256: undefined,
      sealed: undefined,
    };
    this.#objects.set(name, object);
    const stored = this.#storedSink(name, object);
    object.sealed = this.#encryption?.seal(stored);
    return object.sealed ?? stored;
  }

  #storedSink(name: string, object: WrittenObject): ByteSink {
    const write = this.#fanOut.openObject(name);
    return {
      write: async (chunk) => {
        object.hash.update(chunk);
        object.secret.update(chunk);
        object.size += chunk.byteLength;
        object.seekTableSha256 = seekTableDigest(chunk);
        await write(chunk);
        this.#signal.throwIfAborted();
        this.#throwIfNoneIsLeft();
      },
    };
  }

  /** The source has ended: gives the objects of the point. Called once. */
  async endObjects(): Promise<PointObject[]> {
    const ended: PointObject[] = [];
    for (const [name, object] of this.#objects) {
      const facts: Partial<SealedFacts> = (await object.sealed?.finish()) ?? {};
      const { hash, size, seekTableSha256 } = object;
      ended.push({
        ...{ name, size, sha256: hash.digest("hex"), ...facts },
        ...(seekTableSha256 === undefined ? {} : { seekTableSha256 }),
      });
    }
    return ended;
  }

  /**
   * Each store commits as soon as it has read everything back, whatever the others do. Gives each store's failure, in the
   * stores' order; rejects when no store has the point.
   */
  async commit(record: CommitRecord): Promise<(Error | undefined)[]> {
    const comparisonOf = ({ name }: PointObject) => this.#objects.get(name)?.secret.comparison();
    await Promise.all(
      this.#destinations.map(async (destination) => {
        await this.#fanOut.drained(destination);
        await destination.complete(record, { comparisonOf });
      }),
    );
    this.#throwIfNoneIsLeft();
    return this.#destinations.map(({ failure }) => failure);
  }

  /** The source has failed: takes back what is there. Only before `commit`. */
  async abandon(error: unknown): Promise<void> {
    await Promise.all(this.#destinations.map((destination) => destination.abandon(error)));
  }

  #throwIfNoneIsLeft(): void {
    const [first, ...rest] = this.#destinations.map(({ failure }) => failure);
    if (first === undefined || rest.includes(undefined)) return;
    if (rest.length === 0) throw first;
    const reasons = this.#destinations.map(({ store, failure }) => `${store.name}: ${messageOf(failure)}`);
    throw new HoldfastError("store", {
      what: `Writing to all ${reasons.length} stores`,
      why: reasons.join(" "),
      cause: first,
      transient: this.#destinations.every(
        ({ failure }) => failure instanceof HoldfastError && failure.transient,
      ),
    });
  }
}

function seekTableDigest(chunk: Uint8Array): string | undefined {
  const bytes = Buffer.from(chunk.buffer, chunk.byteOffset, chunk.byteLength);
  return isSeekTable(bytes) ? digestOf("sha256", bytes) : undefined;
}

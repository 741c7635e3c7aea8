/**
 * The request that makes an object be there, done once whatever becomes of its answer: the object keeps the id of its
 * put, so that one whose answer was lost is told from somebody else's.
 */
import { HoldfastError } from "../../domain/errors.ts";
import type { Clock } from "../../ports/clock.ts";
import type { StoredObject } from "../../ports/store.ts";
import type { Backoff } from "../../remote/backoff.ts";
import type { CreateOnly, KeyTurns, PutForm } from "./create-only.ts";
import { storedObject, type Head, type Heads } from "./heads.ts";
import type { S3Connection } from "./s3-connection.ts";
import type { S3StoreOptions } from "./options.ts";
import type { ContentDigests } from "./request-fields.ts";
import { codeOf, statusOf } from "./s3-error.ts";

/** What the puts of one store share. */
export interface WriterParts {
  connection: S3Connection;
  heads: Heads;
  options: S3StoreOptions;
  createOnly: CreateOnly;
  turns: KeyTurns;
  digests: ContentDigests;
  backoff: Backoff;
  clock: Clock;
}

export interface Put {
  what: string;
  /** As the port knows it. */
  key: string;
  /** As the bucket knows it. */
  fullKey: string;
  /** Of the store, before each key. */
  ownPrefix: string;
  putId: string;
  replace: boolean;
  signal: AbortSignal | undefined;
}

/** The condition to send is `*` or none. */
export type Request = (condition: "*" | undefined) => Promise<unknown>;

export class Publisher {
  readonly #parts: WriterParts;
  readonly #put: Put;

  constructor(parts: WriterParts, put: Put) {
    this.#parts = parts;
    this.#put = put;
  }

  /** Resolves when the object is there, and is ours. */
  publish(form: PutForm, size: number, request: Request): Promise<StoredObject> {
    return this.#parts.turns.run(this.#put.fullKey, async () => {
      for (let attempt = 1; ; attempt++) {
        try {
          const found = attempt === 1 ? undefined : await this.#ours();
          return this.#stored(size, found ?? (await this.#try(form, request)));
        } catch (error) {
          await this.#parts.backoff.waitOrThrow(error, attempt, this.#put.signal);
        }
      }
    });
  }

  /** Before everything is read and sent, only to find the key taken. */
  async assertAbsent(): Promise<void> {
    for (let attempt = 1; !this.#put.replace; attempt++) {
      try {
        if ((await this.#head()) !== undefined) throw this.#alreadyExists();
        return;
      } catch (error) {
        await this.#parts.backoff.waitOrThrow(error, attempt, this.#put.signal);
      }
    }
  }

  async #try(form: PutForm, request: Request): Promise<Head> {
    const { createOnly } = this.#parts;
    const { replace } = this.#put;
    if (!replace && !createOnly.isKept(form)) {
      const found = await this.#head();
      if (found !== undefined) return this.#assertOurs(found);
    }
    const refused = await this.#send(form, !replace && createOnly.isAsked(form), request);
    const found = await this.#head();
    if (found === undefined) throw this.#dropped();
    if (refused || !replace) return this.#assertOurs(found);
    return found;
  }

  /** True when the condition was not met. */
  async #send(form: PutForm, isConditional: boolean, request: Request): Promise<boolean> {
    const { createOnly } = this.#parts;
    try {
      await request(isConditional ? "*" : undefined);
      if (isConditional && form === "whole" && createOnly.isUnproven) await this.#prove(request);
      return false;
    } catch (error) {
      if (!isConditional) throw error;
      if (statusOf(error) === 412) return true;
      if (!isNotTaken(error)) throw error;
      createOnly.refuse(form);
      await request(undefined);
      return false;
    }
  }

  /** A server that does not know the condition takes the same bytes again; one that does refuses them. */
  async #prove(request: Request): Promise<void> {
    try {
      await request("*");
      this.#parts.createOnly.prove(false);
    } catch (error) {
      if (statusOf(error) !== 412) throw error;
      this.#parts.createOnly.prove(true);
    }
  }

  async #ours(): Promise<Head | undefined> {
    const found = await this.#head();
    return found?.putId === this.#put.putId ? found : undefined;
  }

  #head(): Promise<Head | undefined> {
    const { fullKey, what, signal } = this.#put;
    return this.#parts.heads.of(fullKey, { what, signal });
  }

  #assertOurs(found: Head): Head {
    if (found.putId !== this.#put.putId) throw this.#alreadyExists();
    return found;
  }

  /** What replaced ours meanwhile, where that is allowed, is told as ours. */
  #stored(size: number, head: Head): StoredObject {
    const { what, key } = this.#put;
    if (head.putId === this.#put.putId && head.size !== size) {
      throw new HoldfastError("store", {
        what,
        why: `the store has ${head.size} bytes of the ${size} that it was given`,
        next: "do not trust it with backups",
      });
    }
    return storedObject(key, { ...head, size });
  }

  #alreadyExists(): HoldfastError {
    const { what } = this.#put;
    return new HoldfastError("already-exists", { what, why: "an object of that key is there already" });
  }

  #dropped(): HoldfastError {
    const { what } = this.#put;
    const why = "the store took the object and does not have it";
    return new HoldfastError("store", { what, why, transient: true });
  }
}

const NOT_TAKEN = new Set(["NotImplemented", "InvalidArgument", "InvalidRequest", "NotSupported"]);

/** Of a request with the condition: the server refuses the condition, not the object. */
function isNotTaken(error: unknown): boolean {
  const status = statusOf(error);
  return status === 501 || (status === 400 && NOT_TAKEN.has(codeOf(error) ?? ""));
}

/**
 * A store keeps immutable objects under slash-separated keys. Policy (points, retention, locks) lives above it.
 *
 * What every adapter guarantees, held by test/contract/store-contract.ts:
 * - Strong listing: an object is seen by `list`, `stat` and `get` as soon as `put` has resolved, and is not seen
 *   once `delete` has resolved. Partial results are never visible under the key, also after a crash.
 * - `put` is create-only unless `replace` is set: of two concurrent puts of one key exactly one succeeds.
 * - An error while the body is read, or the signal, leaves no object and no leftovers (after a kill, leftovers
 *   are invisible to `list` and removed by `removeLeftovers`).
 * - Errors are HoldfastErrors: `not-found`, `already-exists`, `no-space`, `retained`, `store` (with `transient` set when a
 *   later attempt may succeed), `cancelled`. Errors thrown by the body pass through unchanged.
 */
export interface Store {
  /** The name given in the config. */
  readonly name: string;
  readonly kind: string;
  /**
   * What of a body it takes at once, where its bandwidth is limited: a longer chunk may take so long that it looks as if nothing
   * moved. Who watches for that gives it no longer ones.
   */
  readonly pieceBytes?: number | undefined;
  /**
   * A chunk of the body is only good until the next one is asked for: its memory is used again. Who needs it longer copies it.
   */
  put(key: string, body: AsyncIterable<Uint8Array>, options?: PutOptions): Promise<StoredObject>;
  /**
   * The object's bytes, or those of the range; a range that reaches past the end is cut to it. The error for a
   * missing object comes at the latest with the first chunk.
   */
  get(key: string, options?: GetOptions): AsyncIterable<Uint8Array>;
  /** Undefined when there is no such object. */
  stat(key: string, options?: { signal?: AbortSignal | undefined }): Promise<StoredObject | undefined>;
  /**
   * Every object whose key starts with `prefix` (a literal string, which callers end in `/`), in ascending order of
   * the keys' UTF-8 bytes. A listing that cannot be completed throws: it never ends early.
   */
  list(prefix: string, options?: { signal?: AbortSignal | undefined }): AsyncIterable<StoredObject>;
  /** Idempotent: deleting what is not there succeeds. */
  delete(key: string, options?: DeleteOptions): Promise<void>;
  /**
   * Removes what killed puts of any process left behind, and says how many there were. Never touches the leftovers of a
   * put that may still be under way: callers hold the stack's lock.
   */
  removeLeftovers(prefix: string, options?: { signal?: AbortSignal | undefined }): Promise<number>;
  /**
   * What its user should know of how it is set up, each a sentence with what to do: rights that are missing, settings that
   * stand in the way. Empty where all is well. Changes nothing.
   */
  inspect?(options?: { signal?: AbortSignal | undefined }): Promise<string[]>;
  /** Free and total bytes where the store knows them. */
  space(): Promise<{ freeBytes: number; totalBytes: number } | undefined>;
}

export interface StoredObject {
  key: string;
  size: number;
  modifiedAt: number;
  /** Another one whenever the object is another one; only from stores that tell them apart so. */
  version?: string | undefined;
}

export interface PutOptions {
  signal?: AbortSignal | undefined;
  /** Overwrite atomically. Only for locks and caches, never for an object of a point. */
  replace?: boolean;
}

export interface DeleteOptions {
  signal?: AbortSignal | undefined;
  /**
   * It need only be out of sight: a store that keeps its bytes for a time hides it rather than throws `retained`, where it
   * can. Only for locks and marks, never for an object of a point, which is to be seen as long as it is kept.
   */
  hide?: boolean;
}

export interface GetOptions {
  signal?: AbortSignal | undefined;
  range?: { offset: number; length: number };
  /** Only this one, as `stat` and `list` tell it: throws `not-found` or `store` when another object has its key by now. */
  version?: string | undefined;
  /**
   * The caller is done with each chunk before it asks for the next one, so the store may use its memory again. Without
   * it, each chunk belongs to the caller.
   */
  transient?: boolean;
}

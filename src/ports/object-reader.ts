/** One stored object, readable by range: what the archive reads from without knowing stores. */
export interface ObjectReader {
  /** Name for messages, e.g. `local:analytics/data/20261120T030000Z-7f3a/archive.tar.zst`. */
  readonly name: string;
  /** Total bytes. */
  readonly size: number;
  /** SHA-256 of the seek table that the object was written with, where its commit record tells. */
  readonly seekTableSha256?: string | undefined;
  /** Says which other object of the store a seek table belongs to, where one is known: "the archive of recovery point …". */
  readonly whoseSeekTable?: ((sha256: string) => string | undefined) | undefined;
  read(options?: {
    signal?: AbortSignal | undefined;
    range?: { offset: number; length: number };
    /** The caller is done with each chunk before it asks for the next one, whose memory may then be the same. */
    transient?: boolean;
  }): AsyncIterable<Uint8Array>;
}

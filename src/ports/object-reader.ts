/** One stored object, readable by range: what the archive reads from without knowing stores. */
export interface ObjectReader {
  /** Name for messages, e.g. `local:analytics/data/20261120T030000Z-7f3a/archive.tar.zst`. */
  readonly name: string;
  /** Total bytes. */
  readonly size: number;
  read(options?: {
    signal?: AbortSignal | undefined;
    range?: { offset: number; length: number };
  }): AsyncIterable<Uint8Array>;
}

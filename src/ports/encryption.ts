/**
 * Encryption of a point's objects: each is encrypted by itself, to a file that the stock tool of its kind decrypts, and can be read
 * in part. What encrypts needs nothing secret but a passphrase; what decrypts is asked for only when content is read.
 */
import type { EncryptionKind, PointEncryption, PointObject } from "../domain/recovery-point.ts";
import type { ObjectReader } from "./object-reader.ts";
import type { ByteSink } from "./source.ts";

export interface Encryption {
  readonly kind: EncryptionKind;
  /** What a commit record says of it; nothing in it is secret. Throws `usage` where recipients or passphrase cannot be used. */
  describe(): Promise<PointEncryption>;
  /** Begins an object, whose encrypted bytes go to the sink. */
  seal(sink: ByteSink): SealedSink;
}

/** Takes content, as any sink does: nothing of a chunk is kept unless it is copied. */
export interface SealedSink extends ByteSink {
  /** The content has ended. Writes what is left; gives what a reader needs to know. */
  finish(): Promise<SealedFacts>;
}

/** Facts of an encrypted object, for its commit record. */
export interface SealedFacts {
  /** Bytes of content. */
  contentSize: number;
  /** SHA-256 of the stored bytes before the encrypted content: no two objects share it. */
  headSha256: string;
}

/** What can be decrypted here. */
export interface Keyring {
  /**
   * The content of an encrypted object. What stands there is looked at when it is read: `refused` without the key to it, naming the
   * recipients; `damaged` for bytes that are not what was encrypted, before any of theirs is given out. `whoseHead` as
   * ObjectReader's whoseSeekTable.
   */
  open(stored: ObjectReader, about: SealedObject): ObjectReader;
  /** Whether there is something to try on what was encrypted so. */
  mayOpen(encryption: PointEncryption): boolean;
}

export interface SealedObject {
  encryption: PointEncryption;
  object: PointObject;
  /** Says which other object of the store has a head of this digest. */
  whoseHead?: ((sha256: string) => string | undefined) | undefined;
}

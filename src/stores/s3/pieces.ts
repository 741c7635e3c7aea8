/**
 * What goes beyond the parts that are sent as they are: pieces of some GiB, each an object that is sent in parts, copied into the
 * upload as one part by the server, and deleted. So no part in memory is larger than the others, whatever the size of the whole.
 */
import { briefly } from "./briefly.ts";
import { PartUpload, type UploadContext } from "./part-upload.ts";
import type { Part, PartReader } from "./part-reader.ts";
import { nameOfPiece } from "./piece-names.ts";
import { placement } from "./request-fields.ts";

interface Piece {
  key: string;
  upload: PartUpload;
  parts: number;
}

export class Pieces {
  readonly #context: UploadContext;
  readonly #whole: PartUpload;
  readonly #reader: PartReader;
  readonly #pieceBytes: number;
  /** Keys of pieces that may be there. */
  readonly #left = new Set<string>();
  #open: Piece | undefined;

  /** `whole` is the upload that they become parts of. */
  constructor(context: UploadContext, whole: PartUpload, reader: PartReader, pieceBytes: number) {
    this.#context = context;
    this.#whole = whole;
    this.#reader = reader;
    this.#pieceBytes = pieceBytes;
  }

  /** Adds to the piece that becomes part `number` of the whole. True when it is complete. */
  async send(number: number, part: Part): Promise<boolean> {
    const piece = (this.#open ??= await this.#begin(number));
    await piece.upload.send(++piece.parts, part);
    if (piece.upload.sent < this.#pieceBytes) return false;
    await this.close(number);
    return true;
  }

  /** Makes what there is of a piece part `number` of the whole. */
  async close(number: number): Promise<void> {
    if (this.#open === undefined) return;
    const { key, upload } = this.#open;
    await upload.settle();
    await upload.again(() => upload.complete(undefined));
    upload.forget();
    this.#open = undefined;
    await this.#whole.copy(number, key, () => this.#remove(key));
  }

  /** After a failure, when nothing is under way any more. */
  async discard(): Promise<void> {
    await this.#open?.upload.abort();
    this.#open?.upload.forget();
    await Promise.all([...this.#left].map((key) => this.#remove(key)));
  }

  async #begin(number: number): Promise<Piece> {
    const key = nameOfPiece({ ...this.#context.put, number });
    const upload = new PartUpload(this.#context, key, this.#reader);
    // Not of a class that bills for a month what is there for a minute.
    await upload.begin(placement({ ...this.#context.parts.options, storageClass: undefined }));
    this.#left.add(key);
    return { key, upload, parts: 0 };
  }

  /** What the store does not delete now is found by removeLeftovers. */
  async #remove(key: string): Promise<void> {
    const { connection, clock } = this.#context.parts;
    const { what } = this.#context.put;
    const input = { Bucket: connection.bucket, Key: key };
    await briefly(clock, (signal) =>
      connection.run({ what, right: "s3:DeleteObject", signal }, (client, options) =>
        client.deleteObject(input, options),
      ),
    );
    this.#left.delete(key);
  }
}

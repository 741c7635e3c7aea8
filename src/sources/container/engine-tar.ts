/** The tar that the engine sends of a directory of a container: whole, in the order of a walk, or an error of the source. */
import { compareDepthFirst, ROOT_PATH } from "../../archive/byte-path.ts";
import { printable } from "../../archive/import/import-error.ts";
import { Budget } from "../../archive/import/limits.ts";
import { MemberReader, type Member } from "../../archive/import/read-members.ts";
import { HoldfastError } from "../../domain/errors.ts";

/** Whoever runs the engine has the right to as many entries as there are. */
const NO_LIMITS = { maxEntries: Infinity, maxBytes: Infinity };

export class EngineTar {
  readonly #reader: MemberReader;
  readonly #source: string;
  #last: string | undefined;

  /** `source` is what messages call it. */
  constructor(chunks: AsyncIterable<Uint8Array>, source: string) {
    this.#source = source;
    this.#reader = new MemberReader(chunks, { archive: source, budget: new Budget(source, NO_LIMITS) });
  }

  /** The next member, the root first; undefined only when the end of the tar came, and nothing after it. */
  async next(): Promise<Member | undefined> {
    const member = await this.#reader.next().catch((error: unknown) => {
      throw this.#explained(error);
    });
    if (member === undefined) this.#assertEnded();
    else this.#assertInOrder(member);
    return member;
  }

  /** The content of the last member, once. */
  async *content(): AsyncGenerator<Buffer> {
    try {
      yield* this.#reader.content();
    } catch (error) {
      throw this.#explained(error);
    }
  }

  async close(): Promise<void> {
    await this.#reader.close();
  }

  /** As every reader of the index needs it; it is also how no name can come twice. */
  #assertInOrder({ path, type }: Member): void {
    const isFirst = this.#last === undefined;
    if (isFirst && !(path === ROOT_PATH && type === "directory"))
      throw this.#broken(`it does not begin with the directory itself, but with ${printable(path)}`);
    if (this.#last !== undefined && compareDepthFirst(this.#last, path) >= 0)
      throw this.#broken(
        `${printable(path)} comes after ${printable(this.#last)}, out of the order of a walk`,
      );
    this.#last = path;
  }

  #assertEnded(): void {
    if (this.#last === undefined) throw this.#broken("it is empty");
    const [warning] = this.#reader.warnings;
    if (warning !== undefined) throw this.#broken(warning);
  }

  #broken(why: string): HoldfastError {
    return new HoldfastError("source", {
      what: `Capturing ${this.#source}`,
      why: `what the engine sent is no tar of a directory: ${why}`,
      next: "check the engine's version; a named volume can be captured by its name",
    });
  }

  /** What the reader says is meant for archives that somebody downloaded. */
  #explained(error: unknown): unknown {
    if (!(error instanceof HoldfastError)) return error;
    const what = `Capturing ${this.#source}`;
    const { why } = error.facts;
    if (error.code === "damaged") {
      return new HoldfastError("source", {
        ...{ what, cause: error, transient: true },
        why: `what the engine sent is not whole: ${why}`,
        next: "a file that shrinks while it is read ends it so: run the job again, and pause the service with `quiesce` if it comes again",
      });
    }
    if (error.code !== "refused" && error.code !== "unsupported") return error;
    const next = "keep such files in a volume, which takes them as they are";
    return new HoldfastError("source", { what, why: `what the engine sent cannot be kept: ${why}`, next });
  }
}

/** The index read once, by several readers in turn, and never beyond damage. */
import { hasCode } from "../../domain/errors.ts";
import type { IndexEntry } from "../index-entry.ts";
import type { VerifyProblem } from "./problem.ts";

/** Looks at every entry; gives one sentence where something is wrong with it. */
export type EntryCheck = (entry: IndexEntry) => string | undefined;

const MAX_PROBLEMS = 100;

export class EntryCursor {
  /** The entry that is being looked at; undefined before the first and after the last. */
  current: IndexEntry | undefined;
  /** What the check found, and why the index ended before its end. */
  readonly problems: VerifyProblem[] = [];
  readonly #object: string;
  readonly #entries: AsyncIterator<IndexEntry>;
  readonly #check: EntryCheck | undefined;
  #isBroken = false;

  constructor(object: string, entries: AsyncIterable<IndexEntry>, check?: EntryCheck) {
    this.#object = object;
    this.#entries = entries[Symbol.asyncIterator]();
    this.#check = check;
  }

  /** The index could not be read to its end. */
  get isBroken(): boolean {
    return this.#isBroken;
  }

  /** The next entry that has a member in the archive: not one whose bytes another point's archive holds. */
  async next(): Promise<IndexEntry | undefined> {
    do this.current = await this.#read();
    while (this.current?.data?.point !== undefined);
    return this.current;
  }

  async #read(): Promise<IndexEntry | undefined> {
    if (this.#isBroken) return undefined;
    try {
      const next = await this.#entries.next();
      if (next.done === true) return undefined;
      const message = this.#check?.(next.value);
      if (message !== undefined) this.#add({ object: this.#object, path: next.value.path, message });
      return next.value;
    } catch (error) {
      if (!hasCode(error, "damaged")) throw error;
      this.#isBroken = true;
      this.problems.push({ object: this.#object, message: error.message });
      return undefined;
    }
  }

  #add(problem: VerifyProblem): void {
    if (this.problems.length < MAX_PROBLEMS) this.problems.push(problem);
  }
}

/** A config in the making: each value with where it comes from, and what has no equivalent. */

/** Plain JSON. */
export type Value = string | number | boolean | readonly unknown[];

export interface Line {
  path: readonly string[];
  value: Value;
  /** For the comment behind it. */
  from: string;
}

export class Draft {
  readonly lines: Line[] = [];
  /** A sentence each: what is different, what is left to do, what is not there. */
  readonly notes: string[] = [];

  /** The first that is said of a path holds. Nothing where there is no value. */
  set(path: readonly string[], value: Value | undefined, from: string): void {
    if (value === undefined || this.has(path)) return;
    this.lines.push({ path, value, from });
  }

  has(path: readonly string[]): boolean {
    return this.lines.some((line) => line.path.join("\0") === path.join("\0"));
  }

  note(sentence: string): void {
    if (!this.notes.includes(sentence)) this.notes.push(sentence);
  }
}

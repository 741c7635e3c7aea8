/**
 * Counts the rows in what mariadb-dump writes, which puts each on a line of its own. What mysqldump writes has them all in one, where
 * only whoever takes every value apart could count them: then nothing is told.
 */
const INSERT = /^(?:INSERT|REPLACE)(?: +[A-Z_]+)* +INTO (`(?:[^`]|``)+`)/;
const ROWS_FOLLOW = / VALUES$/;
const USE = /^USE (`(?:[^`]|``)+`);/;
const PARENTHESIS = "(".charCodeAt(0);

/** First bytes of the lines that it has to see: of DELIMITER, INSERT, REPLACE and USE. */
export const LINES_OF_ROWS: ReadonlySet<number> = new Set([..."DIRU"].map((letter) => letter.charCodeAt(0)));

export class RowCounter {
  readonly #rows = new Map<string, number>();
  #database = "";
  /** Whose rows follow. */
  #table: string | undefined;
  #count = 0;
  #isInBody = false;
  #isKnown = true;

  /** By the table's name in a statement, with its database where the dump names that. Undefined: that cannot be told. Known when the dump has ended. */
  get rows(): ReadonlyMap<string, number> | undefined {
    this.#endTable();
    return this.#isKnown ? this.#rows : undefined;
  }

  /** The head of a line, empty where it is none of `LINES_OF_ROWS`, and its first byte. */
  look(head: string, first: number | undefined): void {
    if (this.#table !== undefined) {
      if (first === PARENTHESIS) {
        this.#count += 1;
        return;
      }
      this.#endTable();
    }
    if (head === "") return;
    if (head.startsWith("DELIMITER ")) this.#isInBody = head.trimEnd() !== "DELIMITER ;";
    else if (!this.#isInBody) this.#statement(head);
  }

  #statement(head: string): void {
    const [, database] = USE.exec(head) ?? [];
    if (database !== undefined) this.#database = database;
    const [, table] = INSERT.exec(head) ?? [];
    if (table === undefined) return;
    if (!ROWS_FOLLOW.test(head)) this.#isKnown = false;
    else this.#table = this.#database === "" ? table : `${this.#database}.${table}`;
  }

  #endTable(): void {
    if (this.#table === undefined) return;
    this.#rows.set(this.#table, (this.#rows.get(this.#table) ?? 0) + this.#count);
    this.#table = undefined;
    this.#count = 0;
  }
}

/** Answers of the database that stay true until somebody writes to it: a status asks the same of it every few seconds. */
import type { Database } from "./database.ts";

/** Many more than the jobs of one stack ask for; what is over is a sign of questions that do not come again. */
const MOST_ANSWERS = 10_000;

export class ReadCache {
  readonly #database: Database;
  readonly #answers = new Map<string, unknown>();
  #version: unknown;
  /** Asked for once within a turn of the event loop: a status asks thousands of questions in one. */
  #isChecked = false;

  constructor(database: Database) {
    this.#database = database;
  }

  /** The same question must always be asked the same way. What it gives is shared: nobody may change it. */
  answer<T>(question: string, ask: () => T): T {
    this.#forgetWhatOthersChanged();
    if (this.#answers.has(question)) return this.#answers.get(question) as T;
    const answer = ask();
    if (this.#answers.size >= MOST_ANSWERS) this.#answers.clear();
    this.#answers.set(question, answer);
    return answer;
  }

  /** To be called after each write over this connection: of those the database tells nothing. */
  forget(): void {
    this.#answers.clear();
  }

  /** https://sqlite.org/pragma.html#pragma_data_version: another value after each commit of another connection. */
  #forgetWhatOthersChanged(): void {
    if (this.#isChecked) return;
    this.#isChecked = true;
    queueMicrotask(() => (this.#isChecked = false));
    const version = this.#database.get("PRAGMA data_version")?.["data_version"];
    if (version !== this.#version) this.#answers.clear();
    this.#version = version;
  }
}

/** What a fake Cloud Storage can be told to do wrong, to which request, and how often. */

/** The requests of the API as the store uses it. */
export type Operation =
  /** A whole object in one request. */
  | "insert"
  /** Begins a resumable upload; puts a block of one; puts its last block; asks how far it got. */
  | "start"
  | "block"
  | "finish"
  | "inquire"
  | "give-up"
  | "find"
  | "media"
  | "list"
  | "delete"
  | "rights";

export type Fault =
  /** Answers with an error, doing nothing. */
  | { kind: "refuse"; status: number; reason?: string; message?: string; retryAfter?: string }
  /** Closes the connection, doing nothing. */
  | { kind: "cut" }
  /** Takes or gives so many bytes of the content, then closes the connection. */
  | { kind: "cut-after"; bytes: number }
  /** Does it, and closes the connection instead of answering. */
  | { kind: "lose-answer" }
  /** Gives so many bytes of the content, if any, then says nothing more. */
  | { kind: "hang"; bytes?: number }
  /** A byte of the content is another one. */
  | { kind: "corrupt" }
  /** Says that the object is there, and keeps nothing. */
  | { kind: "drop" };

export class Faults {
  readonly #queues = new Map<Operation, Fault[]>();

  inject(operation: Operation, fault: Fault, { times = 1 } = {}): void {
    const queue = this.#queues.get(operation) ?? [];
    this.#queues.set(operation, [...queue, ...Array<Fault>(times).fill(fault)]);
  }

  take(operation: Operation): Fault | undefined {
    return this.#queues.get(operation)?.shift();
  }
}

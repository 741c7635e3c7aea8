/** What a fake Compute Engine can be told to do wrong, to which method of the API (`disks.createSnapshot`), and how often. */

export type Fault =
  /** Answers with an error, doing nothing. */
  | { kind: "refuse"; status: number; reason?: string; message?: string; retryAfter?: string }
  /** Closes the connection, doing nothing. */
  | { kind: "cut" }
  /** Does it, and closes the connection instead of answering. */
  | { kind: "lose-answer" }
  /** Does it, forgets that it was asked to, and closes the connection. */
  | { kind: "forget" }
  /** Never answers. */
  | { kind: "hang" }
  /** Begins it; the operation ends with an error, and nothing is changed. */
  | { kind: "fail-late"; code: string; message?: string; status?: number }
  /** Of `wait`: answers at once, whatever the operation does. */
  | { kind: "early" };

export class Faults {
  readonly #queues = new Map<string, Fault[]>();
  /** Asked where nothing was injected. */
  decide: (method: string) => Fault | undefined = () => undefined;

  inject(method: string, fault: Fault, { times = 1 } = {}): void {
    this.#queues.set(method, [...(this.#queues.get(method) ?? []), ...Array<Fault>(times).fill(fault)]);
  }

  take(method: string): Fault | undefined {
    return this.#queues.get(method)?.shift() ?? this.decide(method);
  }
}

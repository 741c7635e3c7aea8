/** Feeds the restoring thread with entries and decoded frames, never more than a few ahead. */
import type { Worker } from "node:worker_threads";

import { cancellation, HoldfastError } from "../../domain/errors.ts";
import { inOrder, startDecoding, type Started } from "../decode-frames.ts";
import { KeptMemory } from "../frame-memory.ts";
import type { FramedObject } from "../framed-object.ts";
import { startThread } from "../start-thread.ts";
import { ContentCheck } from "./content-check.ts";
import type { PlanStep } from "./plan.ts";
import { SharedMemory } from "./shared-memory.ts";
import {
  RequestSender,
  type RestoreCounts,
  type RestoreReply,
  type RestoreRequest,
  type RestoreWorkerData,
} from "./worker-channel.ts";

/** Requests that wait in the thread's queue; each is a frame or a few hundred entries. */
const QUEUE = 3;

export interface RunWorkerOptions {
  /** The fresh directory. */
  root: string;
  /** The directory that holds what was taken over. */
  pool: string;
  withDevices: boolean;
  steps: AsyncIterable<PlanStep>;
  /** Which point's archive an opened object is. */
  pointOf: (object: FramedObject) => string | undefined;
  signal: AbortSignal | undefined;
  onProgress: ((counts: RestoreCounts) => void) | undefined;
}

export interface WrittenTree {
  counts: RestoreCounts;
  warnings: string[];
}

/** Resolves when all is written; in any case no thread is left behind. */
export async function runRestoreWorker(options: RunWorkerOptions): Promise<WrittenTree> {
  const sent = new SharedArrayBuffer(Int32Array.BYTES_PER_ELEMENT);
  const isRoot = process.geteuid?.() === 0;
  const root = Buffer.from(options.root).toString("latin1");
  const pool = Buffer.from(options.pool).toString("latin1");
  const workerData: RestoreWorkerData = { root, pool, isRoot, withDevices: options.withDevices, sent };
  const worker = startThread(new URL("./restore-worker.ts", import.meta.url), workerData);
  const stop = new AbortController();
  const signal = options.signal === undefined ? stop.signal : AbortSignal.any([options.signal, stop.signal]);
  const session = new WorkerSession(worker, new RequestSender(worker, sent), options.onProgress);
  const onAbort = (): void => session.fail(cancellation(signal, "Restoring"));
  signal.addEventListener("abort", onAbort, { once: true });
  try {
    const fed = feed(session, options, signal).catch((error: unknown) => session.fail(error));
    const written = await session.done;
    await fed;
    return written;
  } finally {
    stop.abort();
    await worker.terminate();
  }
}

async function feed(session: WorkerSession, options: RunWorkerOptions, signal: AbortSignal): Promise<void> {
  const check = new ContentCheck();
  for await (const request of inOrder(startRequests(options, session.memory, signal))) {
    if (request.kind === "entries") check.entries(request.entries);
    else if (request.kind === "frame") check.frame(request);
    await session.send(request);
  }
  check.end();
  await session.send({ kind: "end" });
}

/** Each step's entries, then its frames. */
async function* startRequests(
  { steps, pointOf }: RunWorkerOptions,
  memory: SharedMemory,
  signal: AbortSignal,
): AsyncGenerator<Started<RestoreRequest>> {
  const stored = new KeptMemory();
  for await (const { entries, runs } of steps) {
    yield { result: Promise.resolve({ kind: "entries", entries }) };
    for (const run of runs) {
      const point = pointOf(run.object);
      let dropped = run.dropped.map(pointOf);
      for await (const { result } of startDecoding([run], { signal, memory, stored })) {
        const facts = { kind: "frame", point, dropped } as const;
        yield {
          result: result.then(({ start, content }) => {
            return { ...facts, start, content, memory: memory.numberOf(content) };
          }),
        };
        dropped = [];
      }
    }
  }
}

/** The queue's free places, and the end of the story. */
class WorkerSession {
  readonly done: Promise<WrittenTree>;
  readonly memory = new SharedMemory();
  readonly #sender: RequestSender;
  readonly #outcome = Promise.withResolvers<WrittenTree>();
  #places = QUEUE;
  #wake: () => void = () => undefined;

  constructor(
    worker: Worker,
    sender: RequestSender,
    onProgress: ((counts: RestoreCounts) => void) | undefined,
  ) {
    this.#sender = sender;
    this.done = this.#outcome.promise;
    worker.on("message", (reply: RestoreReply) => {
      if (reply.kind === "done") return this.#outcome.resolve(reply);
      if (reply.kind === "failed") return this.fail(new HoldfastError(reply.code, reply));
      onProgress?.(reply.counts);
      for (const number of reply.memory) this.memory.giveBackNumber(number);
      this.#places += 1;
      this.#wake();
    });
    worker.once("error", (error) => this.fail(error));
    worker.once("exit", () => this.fail(new Error("the restoring thread ended early")));
  }

  fail(error: unknown): void {
    this.#outcome.reject(error instanceof Error ? error : new Error(String(error)));
    this.#wake();
  }

  async send(request: RestoreRequest): Promise<void> {
    while (this.#places === 0)
      await Promise.race([new Promise<void>((wake) => (this.#wake = wake)), this.done]);
    this.#places -= 1;
    this.#sender.send(request);
  }
}

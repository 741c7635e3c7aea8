/** What the restoring thread is sent and answers, and how it waits for it without an event loop. */
import { receiveMessageOnPort, type MessagePort, type Worker } from "node:worker_threads";

import type { ErrorCode } from "../../domain/errors.ts";
import type { PlannedEntry } from "./planned-entry.ts";

export type RestoreRequest = { kind: "entries"; entries: PlannedEntry[] } | FrameRequest | { kind: "end" };

/** The last frame of its point from now on. */
export interface FrameRequest {
  kind: "frame";
  point: string | undefined;
  start: number;
  content: Uint8Array;
  /** Number of the shared memory that the content is in. */
  memory: number;
  /** Points whose last frames are not needed any more. */
  dropped: (string | undefined)[];
}

export interface RestoreCounts {
  entries: number;
  files: number;
  bytes: number;
}

export type RestoreReply =
  /** One request was taken from the queue, and shared memory of these numbers is not used any more. */
  | { kind: "taken"; counts: RestoreCounts; memory: number[] }
  | { kind: "done"; counts: RestoreCounts; warnings: string[] }
  | { kind: "failed"; code: ErrorCode; what: string; why: string; next: string };

export interface RestoreWorkerData {
  /** Byte path of the fresh directory. */
  root: string;
  /** Byte path of the directory that holds what was taken over. */
  pool: string;
  isRoot: boolean;
  /** Device nodes are made too. */
  withDevices: boolean;
  /** One counter, of requests that were sent. */
  sent: SharedArrayBuffer;
}

/** The sending end, on the main thread. */
export class RequestSender {
  readonly #worker: Worker;
  readonly #sent: Int32Array;

  constructor(worker: Worker, sent: SharedArrayBuffer) {
    this.#worker = worker;
    this.#sent = new Int32Array(sent);
  }

  send(request: RestoreRequest): void {
    this.#worker.postMessage(request);
    Atomics.add(this.#sent, 0, 1);
    Atomics.notify(this.#sent, 0);
  }
}

/** The receiving end, which blocks its thread until there is a request. */
export class RequestReceiver {
  readonly #port: MessagePort;
  readonly #sent: Int32Array;

  constructor(port: MessagePort, sent: SharedArrayBuffer) {
    this.#port = port;
    this.#sent = new Int32Array(sent);
  }

  receive(): RestoreRequest {
    for (;;) {
      const sent = Atomics.load(this.#sent, 0);
      const received = receiveMessageOnPort(this.#port) as { message: RestoreRequest } | undefined;
      if (received !== undefined) return received.message;
      Atomics.wait(this.#sent, 0, sent);
    }
  }
}

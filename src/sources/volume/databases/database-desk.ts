/** How the packing thread, which must not wait for promises, has databases captured by the main thread. */
import { MessageChannel, receiveMessageOnPort, type MessagePort } from "node:worker_threads";

import type { AskFate, DatabaseFate, FoundDatabase } from "./database-fate.ts";

/** What crosses to the packing thread; the port has to be in the transfer list. */
export interface SharedDesk {
  port: MessagePort;
  /** A counter of answers to wait on. */
  answers: SharedArrayBuffer;
}

export interface DatabaseDesk {
  shared: SharedDesk;
  close(): void;
}

/** A question that fails stays unanswered: `onFailure` has to end the thread that waits. */
export function openDesk(
  answer: (found: FoundDatabase) => Promise<DatabaseFate>,
  onFailure: (error: unknown) => void,
): DatabaseDesk {
  const { port1: port, port2 } = new MessageChannel();
  const answers = new SharedArrayBuffer(Int32Array.BYTES_PER_ELEMENT);
  const counter = new Int32Array(answers);
  port.on("message", (found: FoundDatabase) => {
    answer(found).then((fate) => {
      port.postMessage(fate);
      Atomics.add(counter, 0, 1);
      Atomics.notify(counter, 0);
    }, onFailure);
  });
  return { shared: { port: port2, answers }, close: () => port.close() };
}

/** For the packing thread. */
export function askAt({ port, answers }: SharedDesk): AskFate {
  const counter = new Int32Array(answers);
  return (found) => {
    const before = Atomics.load(counter, 0);
    port.postMessage(found);
    Atomics.wait(counter, 0, before);
    const answer = receiveMessageOnPort(port) as { message: DatabaseFate } | undefined;
    if (answer === undefined) throw new Error("a database was answered for without a message");
    return answer.message;
  };
}

/** The thread that writes a restored tree with synchronous calls, while the main thread reads and decodes ahead. */
import { parentPort, workerData, type MessagePort } from "node:worker_threads";

import { HoldfastError } from "../../domain/errors.ts";
import { entryError } from "./entry-error.ts";
import { LossReport } from "./loss-report.ts";
import { createMetadata } from "./metadata.ts";
import { SpecialFiles } from "./special-files.ts";
import {
  RequestReceiver,
  type FrameRequest,
  type RestoreReply,
  type RestoreRequest,
  type RestoreWorkerData,
} from "./worker-channel.ts";
import type { FrameContent, FrameSupply } from "./write-content.ts";
import { TreeWriter } from "./write-tree.ts";

const { root, pool, isRoot, withDevices, sent } = workerData as RestoreWorkerData;
const port = parentPort as MessagePort;
const receiver = new RequestReceiver(port, sent);
const losses = new LossReport();
const metadata = createMetadata({ isRoot, losses });
const specials = new SpecialFiles({ withDevices, losses });
/** The last frame of each point that was received, until the plan drops it. */
const frames = new Map<string | undefined, FrameRequest>();
const supply: FrameSupply = { holding: frameHolding };
const writer = new TreeWriter({ root, pool, frames: supply, metadata, specials });

function reply(message: RestoreReply): void {
  port.postMessage(message);
}

function next(): RestoreRequest {
  const request = receiver.receive();
  const slabs = request.kind === "frame" ? hold(request) : [];
  reply({ kind: "taken", counts: writer.progress, slabs });
  return request;
}

/** Returns the shared slabs that are free now; what is ours is freed at once, because the collector would let much pile up. */
function hold(frame: FrameRequest): number[] {
  const slabs: number[] = [];
  for (const point of [...frame.dropped, frame.point]) {
    const before = frames.get(point);
    frames.delete(point);
    if (before?.slab !== undefined) slabs.push(before.slab);
    else if (before?.content.buffer instanceof ArrayBuffer) before.content.buffer.transfer(0);
  }
  frames.set(frame.point, frame);
  return slabs;
}

function frameHolding(point: string | undefined, position: number): FrameContent {
  for (;;) {
    const frame = frames.get(point);
    if (frame !== undefined && position >= frame.start && position < frame.start + frame.content.length)
      return frame;
    if (next().kind !== "frame") throw contentMissing();
  }
}

/** The plan and the tree disagree about what is needed: never from an index of ours. */
function contentMissing(): HoldfastError {
  return new HoldfastError("damaged", {
    what: "Restoring from the index",
    why: "an entry's content is not where the index says",
    next: "verify the recovery point and restore from another one",
  });
}

function writeAll(): void {
  for (let request = next(); request.kind !== "end"; request = next()) {
    if (request.kind !== "entries") continue;
    for (const entry of request.entries) write(entry);
  }
  writer.finish();
  reply({ kind: "done", counts: writer.progress, warnings: metadata.warnings() });
}

function write(entry: Parameters<TreeWriter["write"]>[0]): void {
  try {
    writer.write(entry);
  } catch (error) {
    throw entryError(entry.path, error);
  }
}

export function run(): void {
  try {
    writeAll();
  } catch (error) {
    const failure = entryError("the tree", error);
    const { what, why, next: step } = failure.facts;
    reply({ kind: "failed", code: failure.code, what, why, next: step ?? "see the log" });
  }
}

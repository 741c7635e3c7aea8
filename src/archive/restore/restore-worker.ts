/** The thread that writes a restored tree with synchronous calls, while the main thread reads and decodes ahead. */
import { parentPort, workerData, type MessagePort } from "node:worker_threads";

import { contentMissing } from "./content-check.ts";
import { entryError } from "./entry-error.ts";
import { LastFrames } from "./last-frames.ts";
import { LossReport } from "./loss-report.ts";
import { createMetadata } from "./metadata.ts";
import { SpecialFiles } from "./special-files.ts";
import {
  RequestReceiver,
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
const frames = new LastFrames();
const supply: FrameSupply = { holding: frameHolding };
const writer = new TreeWriter({ root, pool, frames: supply, metadata, specials });

function reply(message: RestoreReply): void {
  port.postMessage(message);
}

function next(): RestoreRequest {
  const request = receiver.receive();
  const gone = request.kind === "frame" ? frames.hold(request) : [];
  reply({ kind: "taken", counts: writer.progress, memory: gone.map(({ memory }) => memory) });
  return request;
}

function frameHolding(point: string | undefined, position: number): FrameContent {
  for (;;) {
    const frame = frames.holding(point, position);
    if (frame !== undefined) return frame;
    if (next().kind !== "frame") throw contentMissing();
  }
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

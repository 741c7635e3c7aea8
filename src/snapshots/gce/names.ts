/** Names, labels and request ids that follow from an intention, so that whoever has it again finds what it made before. */
import { createHash } from "node:crypto";
import type { DiskRef } from "../../domain/disk-snapshot.ts";
import type { PointOfJob } from "../../ports/snapshot-provider.ts";
import { placeOf } from "./places.ts";

const MAX_LABEL = 63;
const MAX_NAME = 63;
/** Ends a label that is not the name itself. */
const DIGEST_MARK = "_x";
const DIGEST_LENGTH = 12;
const LABEL = /^[a-z0-9_-]{1,63}$/;
const SHORTENED = /_x[0-9a-f]{12}$/;

/**
 * The name itself where it can be a label; else what is left of it, and a digest that keeps it apart from others. A name that looks as if
 * it had been shortened is, too: no two names have one label.
 */
export function labelOf(name: string): string {
  if (LABEL.test(name) && !SHORTENED.test(name)) return name;
  const kept = name.toLowerCase().replace(/[^a-z0-9_-]/g, "-");
  const room = MAX_LABEL - DIGEST_MARK.length - DIGEST_LENGTH;
  return `${kept.slice(0, room)}${DIGEST_MARK}${digestOf([name], DIGEST_LENGTH)}`;
}

/** `20261120T030000Z-7f3a` as a label and back: an id has no other capitals than the two of its time. */
export function pointLabel(point: string): string {
  return point.toLowerCase();
}

export function pointOfLabel(label: string): string | undefined {
  const [, day, time, suffix] = /^(\d{8})t(\d{6})z-([0-9a-z]{4,16})$/.exec(label) ?? [];
  return day === undefined ? undefined : `${day}T${time}Z-${suffix}`;
}

/** Of the snapshot of one disk of a point: readable as far as there is room, and no other intention has it. */
export function snapshotName(point: PointOfJob, disk: DiskRef): string {
  const tail = `-${pointLabel(point.point)}-${digestOf([point.stack, point.job, placeOf(disk), disk.name], 8)}`;
  const head = `hf-${point.stack}-${point.job}-${disk.name}`.toLowerCase().replace(/[^a-z0-9]+/g, "-");
  return `${head.slice(0, MAX_NAME - tail.length).replace(/-+$/, "")}${tail}`;
}

/** A UUID that is the same whenever the parts are, https://www.rfc-editor.org/rfc/rfc9562#name-uuid-version-8. */
export function requestId(...parts: readonly string[]): string {
  const hex = digestOf(parts, 32).split("");
  hex[12] = "8";
  hex[16] = "8";
  const at = (start: number, end: number) => hex.slice(start, end).join("");
  return [at(0, 8), at(8, 12), at(12, 16), at(16, 20), at(20, 32)].join("-");
}

function digestOf(parts: readonly string[], length: number): string {
  const hash = createHash("sha256");
  // No character of a part can be mistaken for the end of one.
  for (const part of parts) hash.update(`${Buffer.byteLength(part)}:${part}`);
  return hash.digest("hex").slice(0, length);
}

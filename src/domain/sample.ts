/** Which parts of stored objects were read when, and which of them a sample reads next. */
import type { Instant } from "./instant.ts";

/** Stored bytes `from` to `to`, the latter excluded. */
export interface Part {
  from: number;
  to: number;
}

export interface Reading extends Part {
  at: Instant;
}

/** An object of a point, and all that is known of its readings. */
export interface SampledObject {
  point: string;
  /** Start of that point. */
  startedAt: Instant;
  object: string;
  size: number;
  /** It is read as a whole or not at all. */
  isIndivisible: boolean;
  readings: readonly Reading[];
}

export interface PlannedPart extends Part {
  point: string;
  object: string;
}

export interface Coverage {
  /** Bytes that were read at least once. */
  readBytes: number;
  totalBytes: number;
  /** Of the readings that no later one replaced, the oldest; undefined: nothing was read. */
  oldestAt: Instant | undefined;
}

/** A part with its latest reading; undefined: it was never read. */
interface Segment extends Part {
  at: Instant | undefined;
}

/**
 * What was never read comes first, that of the oldest point first; then what was read longest ago. Takes `budget` bytes: more
 * only where an object cannot be divided, and at least one byte. The same input gives the same plan.
 */
export function planSample(objects: readonly SampledObject[], budget: number, now: Instant): PlannedPart[] {
  const candidates = objects.flatMap((object) =>
    segmentsToRead(object, now).map((segment) => ({ object, segment })),
  );
  candidates.sort(
    (a, b) =>
      (a.segment.at ?? -Infinity) - (b.segment.at ?? -Infinity) || a.object.startedAt - b.object.startedAt,
  );
  const planned: PlannedPart[] = [];
  let left = Math.max(1, budget);
  for (const { object, segment } of candidates) {
    if (left <= 0) break;
    const to = object.isIndivisible ? segment.to : Math.min(segment.to, segment.from + left);
    planned.push({ point: object.point, object: object.object, from: segment.from, to });
    left -= to - segment.from;
  }
  return planned;
}

export function coverageOf(objects: readonly SampledObject[], now: Instant): Coverage {
  const segments = objects.flatMap((object) => segmentsOf(object.size, object.readings, now));
  const read = segments.filter(({ at }) => at !== undefined);
  return {
    readBytes: read.reduce((sum, { from, to }) => sum + to - from, 0),
    totalBytes: objects.reduce((sum, { size }) => sum + size, 0),
    oldestAt: oldest(read),
  };
}

/** The same knowledge in as few readings as can be, at most `limit`: beyond it, neighbours count as read when the older was. */
export function mergeReadings(size: number, readings: readonly Reading[], limit: number): Reading[] {
  let merged = segmentsOf(size, readings, Infinity).flatMap(({ from, to, at }) =>
    at === undefined ? [] : [{ from, to, at }],
  );
  while (merged.length > limit) {
    const joined = joinNeighbours(merged);
    if (joined.length === merged.length) return merged.slice(0, limit);
    merged = joined;
  }
  return merged;
}

function joinNeighbours(readings: readonly Reading[]): Reading[] {
  const joined: Reading[] = [];
  for (let at = 0; at < readings.length; at++) {
    const [one, next] = [readings[at], readings[at + 1]];
    if (one === undefined) break;
    const joins = next !== undefined && one.to === next.from;
    joined.push(joins ? { from: one.from, to: next.to, at: Math.min(one.at, next.at) } : one);
    if (joins) at++;
  }
  return joined;
}

function segmentsToRead({ size, readings, isIndivisible }: SampledObject, now: Instant): Segment[] {
  const segments = segmentsOf(size, readings, now);
  if (!isIndivisible || segments.length === 0) return segments;
  return [
    { from: 0, to: size, at: segments.some(({ at }) => at === undefined) ? undefined : oldest(segments) },
  ];
}

/** The whole object in ascending order, neighbours of one time joined. A reading of the future was a wrong clock's: it counts for none. */
function segmentsOf(size: number, readings: readonly Reading[], now: Instant): Segment[] {
  const known = readings.filter(({ at }) => at <= now).sort((a, b) => b.at - a.at);
  const clamp = (position: number) => Math.min(Math.max(position, 0), size);
  const bounds = new Set([0, size, ...known.flatMap(({ from, to }) => [clamp(from), clamp(to)])]);
  const sorted = [...bounds].sort((a, b) => a - b);
  const segments: Segment[] = [];
  for (const [index, from] of sorted.slice(0, -1).entries()) {
    const to = sorted[index + 1] ?? size;
    const at = known.find((reading) => reading.from <= from && reading.to >= to)?.at;
    const last = segments.at(-1);
    if (last !== undefined && last.at === at) last.to = to;
    else segments.push({ from, to, at });
  }
  return segments;
}

function oldest(segments: readonly Segment[]): Instant | undefined {
  const times = segments.flatMap(({ at }) => at ?? []);
  return times.reduce<Instant | undefined>((first, at) => Math.min(first ?? at, at), undefined);
}

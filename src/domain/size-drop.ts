/** Whether a point holds much less than those before it: a server that lost its data, or a dump of the wrong thing. */
import { recentOnly } from "./recent-only.ts";
import { isSafety, type CommitRecord } from "./recovery-point.ts";

type Measured = Pick<CommitRecord, "totals" | "capture" | "startedAt">;

export interface SizeDrop {
  /** `size` in bytes, `entries` by number: tables, files and the like. */
  of: "size" | "entries";
  /** Median of the points before. */
  from: number;
  to: number;
}

/** Of the points before it so many are looked at: a drop that is meant stops to count once most of them have it. */
const POINTS = 5;

/** `maxDrop`: share, from 0 to 1, that it may be less. */
export function sizeDrop(
  newest: Measured,
  points: readonly Measured[],
  maxDrop: number | undefined,
): SizeDrop | undefined {
  if (maxDrop === undefined || isSafety(newest)) return undefined;
  const before = points
    .filter((point) => point.startedAt < newest.startedAt && !isSafety(point) && isAlike(point, newest))
    .toSorted((a, b) => (a.startedAt < b.startedAt ? 1 : -1))
    .slice(0, POINTS);
  if (before.length === 0) return undefined;
  const drops: SizeDrop[] = [
    {
      of: "size",
      from: median(before.map(({ totals }) => totals.sourceBytes)),
      to: newest.totals.sourceBytes,
    },
    { of: "entries", from: median(before.map(({ totals }) => totals.entries)), to: newest.totals.entries },
  ];
  return drops.find(({ from, to }) => to < from * (1 - maxDrop));
}

/** What holds only the last days is no measure for what holds everything. */
function isAlike(a: Measured, b: Measured): boolean {
  return recentOnly(a)?.within === recentOnly(b)?.within;
}

function median(values: readonly number[]): number {
  return values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)] ?? 0;
}

/** A clause. */
export function dropText({ of, from, to }: SizeDrop, sizeText: (bytes: number) => string): string {
  const unit = (count: number): string => (of === "size" ? sizeText(count) : String(count));
  const what = of === "size" ? "it holds" : "what is in it (tables, files and the like) is";
  return `${what} ${unit(to)}, where the points before it had ${unit(from)}`;
}

/** Tells frames that are whole but not where they belong: exchanged, there twice, or left out. */
import type { FrameSize } from "../seek-table.ts";

/**
 * Compares the frames that the seek table names with those that stand in the object. A clause such as "its frames 3 and 7 of
 * 12 were exchanged"; undefined where every frame is in its place or the difference is of another kind.
 */
export function misplacedFrames(
  table: readonly FrameSize[],
  found: readonly FrameSize[],
): string | undefined {
  const hasChecksums = table.every(({ checksum }) => checksum !== undefined);
  const key = ({ compressed, decoded, checksum }: FrameSize): string =>
    `${compressed} ${decoded} ${hasChecksums ? checksum : ""}`;
  const wanted = table.map(key);
  const there = found.map(key);
  if (there.length > wanted.length) return repeated(wanted, there);
  if (there.length < wanted.length) return leftOut(wanted, there);
  return exchanged(wanted, there);
}

function exchanged(wanted: readonly string[], there: readonly string[]): string | undefined {
  const places = wanted.flatMap((key, number) => (there[number] === key ? [] : [number]));
  const [first, second] = places;
  if (first === undefined) return undefined;
  const whole = `of ${wanted.length}`;
  if (isSame(places.map((number) => wanted[number]).sort(), places.map((number) => there[number]).sort())) {
    if (second === undefined || places.length > 2)
      return `${places.length} ${whole} frames stand in another order`;
    return `its frames ${first + 1} and ${second + 1} ${whole} were exchanged`;
  }
  const origin = wanted.indexOf(there[first] ?? "");
  return places.length > 1 || origin === -1
    ? undefined
    : `its frame ${origin + 1} ${whole} also stands where frame ${first + 1} belongs`;
}

function repeated(wanted: readonly string[], there: readonly string[]): string | undefined {
  const extra = there.length - wanted.length;
  const at = wanted.findIndex((key, number) => there[number] !== key);
  const start = at === -1 ? wanted.length : at;
  const added = there.slice(start, start + extra);
  if (!isSame(there.slice(start + extra), wanted.slice(start))) return undefined;
  const origins = added.map((key) => wanted.indexOf(key));
  if (origins.includes(-1)) return undefined;
  const which =
    extra === 1 ? `frame ${(origins[0] ?? 0) + 1}` : `${extra} frames from frame ${(origins[0] ?? 0) + 1} on`;
  return `its ${which} of ${wanted.length} stand${extra === 1 ? "s" : ""} there twice`;
}

function leftOut(wanted: readonly string[], there: readonly string[]): string | undefined {
  const missing = wanted.length - there.length;
  const at = wanted.findIndex((key, number) => there[number] !== key);
  if (!isSame(wanted.slice(at + missing), there.slice(at))) return undefined;
  const which = missing === 1 ? `frame ${at + 1}` : `frames ${at + 1} to ${at + missing}`;
  return `its ${which} of ${wanted.length} ${missing === 1 ? "was" : "were"} cut out`;
}

function isSame(a: readonly unknown[], b: readonly unknown[]): boolean {
  return a.length === b.length && a.every((value, index) => value === b[index]);
}

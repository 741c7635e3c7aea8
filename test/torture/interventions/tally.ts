/** What the kills came to: how many of each kind, and how long it took until all ran again. */
import type { Hit, Shot } from "./shoot.ts";

export interface Counted {
  shot: Shot;
  hit: Hit;
}

type KindOf<T> = (one: T) => string;

/** A line for each kind but the empty one: how many there are, the median and the longest of their times. */
export function countLines<T extends { ms: number }>(counted: readonly T[], kindOf: KindOf<T>): string[] {
  const kinds = [...new Set(counted.map(kindOf))].filter((kind) => kind !== "").toSorted();
  return kinds.map((kind) => {
    const times = counted
      .filter((one) => kindOf(one) === kind)
      .map(({ ms }) => Math.round(ms))
      .toSorted((a, b) => a - b);
    return `${String(times.length).padStart(5)}  ${kind}: ${times[times.length >> 1]}, ${times.at(-1)}`;
  });
}

export function describeHits(counted: readonly Counted[]): string {
  const timed = counted.map((one) => ({ ...one, ms: one.hit.releasedAfterMs }));
  const kinds: KindOf<Counted>[] = [
    ({ shot, hit }) => `${shot.mode}, killed ${hit.moment}`,
    ({ shot }) => `${shot.mode}, ended by the ${shot.rescuer}`,
    ({ shot }) => `${shot.mode}, of the engine: ${shot.engine?.kind ?? "nothing"}`,
    ({ shot }) => `${shot.mode}, a service was ${shot.recreatesService ? "recreated" : "left alone"}`,
    ({ shot, hit }) => (hit.moment === "holding" ? `killed while holding, ended by the ${shot.rescuer}` : ""),
  ];
  const lines = kinds.flatMap((kindOf) => countLines(timed, kindOf));
  return [`${counted.length} kills; until all ran again, in ms: median, longest`, ...lines].join("\n");
}

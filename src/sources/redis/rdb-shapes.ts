/** How values are laid out in an RDB, by the number of their type, as rdb.h and rdb.c of Redis and Valkey write and read them. */

/** A string; a length; bytes; a number as text, as old sorted sets have it; or as many of something as a length before it says. */
export type Item = "string" | "length" | "float" | { bytes: number } | { each: Shape };
export type Shape = readonly Item[];

const each = (...shape: Shape): Item => ({ each: shape });
const bytes = (count: number): Item => ({ bytes: count });

/** `added`: what a later version has beside the first one's. */
function stream(added: { ofStream: Shape; ofGroup: Shape; ofConsumer: Shape }): Shape {
  const pending = each(bytes(16), bytes(8), "length");
  const consumer = each("string", bytes(8), ...added.ofConsumer, each(bytes(16)));
  const group = each("string", "length", "length", ...added.ofGroup, pending, consumer);
  return [each("string", "string"), "length", "length", "length", ...added.ofStream, group];
}

const SECOND_STREAM: Shape = ["length", "length", "length", "length", "length"];
const ONE: Shape = ["string"];

/** Those of modules are not known, nor those that came when this was written. */
const SHAPES: Readonly<Record<number, Shape>> = {
  0: ONE,
  1: [each("string")],
  2: [each("string")],
  3: [each("string", "float")],
  4: [each("string", "string")],
  5: [each("string", bytes(8))],
  ...{ 9: ONE, 10: ONE, 11: ONE, 12: ONE, 13: ONE },
  14: [each("string")],
  15: stream({ ofStream: [], ofGroup: [], ofConsumer: [] }),
  ...{ 16: ONE, 17: ONE },
  18: [each("length", "string")],
  19: stream({ ofStream: SECOND_STREAM, ofGroup: ["length"], ofConsumer: [] }),
  20: ONE,
  21: stream({ ofStream: SECOND_STREAM, ofGroup: ["length"], ofConsumer: [bytes(8)] }),
};
/** Hashes whose fields expire, of Redis alone: Valkey numbers others so. */
const OF_REDIS: Readonly<Record<number, Shape>> = {
  24: [bytes(8), each("length", "string", "string")],
  25: [bytes(8), "string"],
};

/** Undefined: it is not known. */
export function shapeOf(type: number, { isValkey }: { isValkey: boolean }): Shape | undefined {
  return SHAPES[type] ?? (isValkey ? undefined : OF_REDIS[type]);
}

/** What stands between keys, by its opcode, where nobody wants to know it. */
export const BETWEEN: Readonly<Record<number, Shape>> = {
  0xf4: ["length", "length", "length"],
  0xf5: ["string"],
  0xf8: ["length"],
  0xf9: [bytes(1)],
  0xfa: ["string", "string"],
  0xfb: ["length", "length"],
};

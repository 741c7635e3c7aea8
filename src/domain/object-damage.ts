/** Tells what happened to a stored object that is not what its commit record says, from what was found when it was read. */
import type { PointObject } from "./recovery-point.ts";

export type DamageKind =
  | "missing"
  /** It is the object of another point, or another object of this one. */
  | "swapped"
  /** Its frames are whole but not where they belong. */
  | "rearranged"
  /** It stands there twice. */
  | "duplicated"
  /** What was written is all there, and something after it. */
  | "appended"
  /** Whole by itself, but not what was written last under this name. */
  | "stale"
  | "cut"
  | "grown"
  /** Bit rot: of the same size, other bytes. */
  | "altered";

export interface ObjectDamage {
  kind: DamageKind;
  /** What goes on a sentence about the object: "was cut: …". */
  why: string;
}

/** What reading the object to its end has shown. */
export interface FoundObject {
  size: number;
  sha256: string;
  /** Its content can be read to the end and nothing of it contradicts itself. */
  isWhole: boolean;
  /** Of its first bytes, as many as were written, and of those after them; only where it is longer. */
  headSha256?: string | undefined;
  restSha256?: string | undefined;
  /** Of the seek table that it ends in, where it does. */
  seekTableSha256?: string | undefined;
  /** A clause on frames that are whole but not where they belong. */
  misplaced?: string | undefined;
}

export interface ObjectSighting {
  expected: PointObject;
  /** Undefined: there is no such object. */
  found: FoundObject | undefined;
  /** Everything else that the job's points hold in that store. */
  others: readonly { point: string; object: PointObject }[];
}

/** Undefined when it is what was written. */
export function classifyDamage({ expected, found, others }: ObjectSighting): ObjectDamage | undefined {
  if (found === undefined) return { kind: "missing", why: "is missing" };
  const { size, sha256 } = found;
  if (size === expected.size && sha256 === expected.sha256) return undefined;
  const other = others.find(({ object }) => object.sha256 === sha256 && object.size === size);
  if (other !== undefined) {
    const why = `is ${other.object.name} of recovery point ${other.point}: objects were swapped or copied over one another`;
    return { kind: "swapped", why };
  }
  if (found.misplaced !== undefined && found.headSha256 !== expected.sha256) {
    return { kind: "rearranged", why: `is not in the order in which it was written: ${found.misplaced}` };
  }
  return damageBySize(expected, found);
}

function damageBySize(expected: PointObject, found: FoundObject): ObjectDamage {
  const sizes = `${found.size} bytes instead of ${expected.size}`;
  if (found.headSha256 === expected.sha256) {
    const isTwice = found.restSha256 === expected.sha256;
    const why = isTwice
      ? `was written twice, one copy after the other: it has ${sizes}`
      : `was written to after its end: it has ${sizes}, the first ${expected.size} of which are right`;
    return { kind: isTwice ? "duplicated" : "appended", why };
  }
  const hasOwnEnd =
    expected.seekTableSha256 !== undefined && found.seekTableSha256 === expected.seekTableSha256;
  if (found.isWhole && !hasOwnEnd) {
    const size = found.size === expected.size ? "" : `, of ${sizes}`;
    const why = `is another version, whole by itself${size}: the store may have rolled back to an older one`;
    return { kind: "stale", why };
  }
  if (found.size < expected.size) return { kind: "cut", why: `was cut: it has ${sizes}` };
  if (found.size > expected.size) {
    return {
      kind: "grown",
      why: `was overwritten: it has ${sizes}, and not even the first of them are right`,
    };
  }
  return {
    kind: "altered",
    why: "does not match its digest: bytes of it were changed in place, as by a bad disk",
  };
}

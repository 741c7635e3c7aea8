/** A random chain of points as plain data, which fast-check makes, shrinks and prints, and the carrying out of it. */
import fc from "fast-check";

import type { RetentionPolicy } from "../../../src/domain/retention.ts";
import { randomFrom } from "../moments.ts";
import { ChainRig, type Counts } from "./chain-rig.ts";
import { TAMPERINGS, type Tampering } from "./tampering.ts";
import { EDIT_KINDS, type Edit } from "./tree-edits.ts";

const SECOND = 1000;
const HOUR = 3600 * SECOND;
const DAY = 24 * HOUR;
/** Between a run and the edits, and between those and the next run: around what counts as the same time, and clocks that jump. */
const DURATIONS = [HOUR, 0, 1, 500, 1900, 2100, 4000, DAY, 8 * DAY, -1, -1500, -HOUR, -3 * DAY];
/** Of times on file systems, in nanoseconds: ext4, the kernel's tick, ext3, FAT. */
const GRANULARITIES = [1n, 4_000_000n, 1_000_000_000n, 2_000_000_000n];
const POLICIES: RetentionPolicy[] = [
  {},
  { last: 1 },
  { last: 2 },
  { last: 4 },
  { last: 1, daily: 2 },
  { last: 2, minimum: 3 },
];

interface Step {
  tamperings: Tampering[];
  edits: Edit[];
  /** Positions in DURATIONS. */
  waits: [before: number, after: number];
  full: boolean;
  recheck: number;
  /** Bits of the stores that are not reached. */
  unreachable: number;
  exclude: string[];
  inThread: boolean;
  during: { call: number; edits: Edit[]; duration: number } | null;
  prune: number | null;
}

export interface ChainCase {
  stores: number;
  slabBytes: number;
  granularity: number;
  retention: number;
  seed: number;
  initial: Edit[];
  steps: Step[];
  restores: { store: number; point: number; path: number | null; inThread: boolean }[];
}

const small = fc.nat({ max: 200 });
const edit: fc.Arbitrary<Edit> = fc.record({
  kind: fc.oneof(
    { weight: 1, arbitrary: fc.constantFrom<Edit["kind"]>("create", "makeDirectory") },
    { weight: 3, arbitrary: fc.constantFrom(...EDIT_KINDS) },
    // What only the ctime tells, or not even that.
    {
      weight: 1,
      arbitrary: fc.constantFrom<Edit["kind"]>(
        "overwriteKeepingSizeAndTime",
        "replaceAlike",
        "swap",
        "renameOver",
      ),
    },
  ),
  which: small,
  other: small,
  how: fc.nat({ max: 1000 }),
});
/** One in so many, and the simple case when it is shrunk. */
const oneIn = (times: number): fc.Arbitrary<boolean> =>
  fc.nat({ max: times - 1 }).map((n) => n === times - 1);
const edits = (maxLength: number): fc.Arbitrary<Edit[]> => fc.array(edit, { maxLength });

const step: fc.Arbitrary<Step> = fc.record({
  tamperings: fc.oneof(
    { weight: 3, arbitrary: fc.constant<Tampering[]>([]) },
    {
      weight: 1,
      arbitrary: fc.array(
        fc.record({ kind: fc.constantFrom<Tampering["kind"]>(...TAMPERINGS), store: small, which: small }),
        { maxLength: 2 },
      ),
    },
  ),
  edits: edits(6),
  waits: fc.tuple(fc.nat({ max: DURATIONS.length - 1 }), fc.nat({ max: DURATIONS.length - 1 })),
  full: oneIn(8),
  recheck: fc.constantFrom(0, 0, 0.5, 1),
  unreachable: fc.oneof(
    { weight: 4, arbitrary: fc.constant(0) },
    { weight: 1, arbitrary: fc.nat({ max: 7 }) },
  ),
  exclude: fc.oneof(
    { weight: 6, arbitrary: fc.constant<string[]>([]) },
    { weight: 1, arbitrary: fc.constant<string[]>(["b", "a"]) },
  ),
  inThread: oneIn(30),
  during: fc.option(
    fc.record({
      call: fc.nat({ max: 60 }),
      edits: fc.array(edit, { minLength: 1, maxLength: 3 }),
      duration: fc.constantFrom(0, 5, 2500),
    }),
    { freq: 6 },
  ),
  prune: fc.option(fc.nat({ max: POLICIES.length - 1 }), { freq: 6 }),
});

export const chainCase: fc.Arbitrary<ChainCase> = fc.record({
  stores: fc.constantFrom(1, 1, 2, 3),
  slabBytes: fc.constantFrom(65_536, 4096, 16_384),
  granularity: fc.nat({ max: GRANULARITIES.length - 1 }),
  retention: fc.nat({ max: POLICIES.length - 1 }),
  seed: fc.nat(),
  initial: edits(20),
  steps: fc.array(step, { minLength: 1, maxLength: 12 }),
  restores: fc.array(
    fc.record({ store: small, point: small, path: fc.option(small, { freq: 4 }), inThread: oneIn(6) }),
    { maxLength: 4 },
  ),
});

/** Rejects when anything listed is not what was captured. Gives what was done. */
export async function carryOut(chain: ChainCase): Promise<Counts> {
  const granularity = GRANULARITIES[chain.granularity] ?? 1n;
  const random = randomFrom(chain.seed + 1);
  const rig = new ChainRig({ stores: chain.stores, slabBytes: chain.slabBytes, granularity, random });
  // A coarse time that comes again cannot be told from itself.
  const duration = (at: number): number =>
    chain.granularity > 1 ? Math.abs(DURATIONS[at] ?? 0) : (DURATIONS[at] ?? 0);
  try {
    rig.edit(chain.initial);
    for (const { waits, tamperings, edits: made, prune, unreachable, during, ...step } of chain.steps) {
      for (const tampering of tamperings) await rig.tamper(tampering);
      rig.time.pass(duration(waits[0]));
      rig.edit(made);
      rig.time.pass(duration(waits[1]));
      const all = rig.stores.map((_, at) => at);
      const reached = all.filter((at) => ((unreachable >> at) & 1) === 0);
      const stores = reached.length === 0 ? all : reached;
      const retention = POLICIES[chain.retention] ?? {};
      await rig.capture({ ...step, retention, stores, during: during ?? undefined });
      if (prune !== null) await rig.prune(POLICIES[prune] ?? {});
    }
    await rig.restoreAll({ inThread: false });
    for (const { store: at, point: which, path, inThread } of chain.restores) {
      const store = rig.stores[at % rig.stores.length];
      const points =
        store === undefined ? [] : (await rig.listed(store)).filter((one) => rig.isWhole(store, one));
      const point = points[which % points.length];
      if (store === undefined || point === undefined) continue;
      await rig.restore(store, point, { inThread, ...(path === null ? {} : { which: path }) });
    }
    return rig.counts;
  } finally {
    rig.dispose();
  }
}

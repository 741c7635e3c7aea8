import { describe, expect, it } from "vitest";

import { expectOneOf, SwapRig } from "./swap-rig.ts";

describe.each([["drop"], ["keep"]] as const)(
  "a restore in place that is killed (old content: %s)",
  (keep) => {
    it("before any of its changes is settled to all of the old or all of the new, never a mix", () => {
      const rig = new SwapRig();
      rig.reset();
      const old = rig.tree();
      const whole = rig.swap(undefined, keep);
      expect(whole).toMatchObject({ status: 0, stdout: "" });
      const fresh = rig.tree();
      expect(rig.kept()).toHaveLength(keep === "keep" ? 5 : 0);

      const seen = new Set<boolean>();
      for (let at = 1; at <= whole.changes; at++) {
        rig.reset();
        expect(rig.swap(at, keep).signal).toBe("SIGKILL");
        expect(rig.settle()).toMatchObject({ status: 0 });
        expect(rig.leftovers()).toEqual([]);
        const isNew = expectOneOf(rig.tree(), [old, fresh]);
        expect(rig.kept()).toHaveLength(isNew && keep === "keep" ? 5 : 0);
        seen.add(isNew);
      }
      expect(seen).toEqual(new Set([false, true]));
    }, 300_000);
  },
);

it("a settling that is killed before any of its changes is settled by the next one", () => {
  const rig = new SwapRig();
  rig.reset();
  const old = rig.tree();
  const { changes } = rig.swap(undefined, "drop");
  const fresh = rig.tree();
  // One kill amid the moves of the old, one amid those of the new, one when all are made.
  for (const at of [changes - 16, changes - 13, changes - 8]) {
    rig.reset();
    expect(rig.swap(at, "drop").signal).toBe("SIGKILL");
    rig.save();
    const unhurt = rig.settle();
    expect(unhurt.status).toBe(0);
    for (let step = 1; step <= unhurt.changes; step++) {
      rig.loadSaved();
      expect(rig.settle(step).signal).toBe("SIGKILL");
      expect(rig.settle().status).toBe(0);
      expect(rig.leftovers()).toEqual([]);
      expectOneOf(rig.tree(), [old, fresh]);
    }
  }
}, 300_000);

it("a restore of some paths in place that is killed leaves each of them and all others whole", () => {
  const rig = new SwapRig();
  const paths = ["both", "sub/deep"];
  rig.reset();
  const old = rig.tree();
  const { changes } = rig.swap(undefined, "drop", ...paths);
  const isNew = (path: string) => old.get(path) !== rig.tree().get(path);
  expect(["./both", "./sub/deep", "./sub/only", "./mine"].map(isNew)).toEqual([true, true, false, false]);
  for (let at = 1; at <= changes; at++) {
    rig.reset();
    expect(rig.swap(at, "drop", ...paths).signal).toBe("SIGKILL");
    expect(rig.settle().status).toBe(0);
    expect(rig.leftovers()).toEqual([]);
    expect(isNew("./both")).toBe(isNew("./sub/deep"));
    expect(["./sub/only", "./mine"].map(isNew)).toEqual([false, false]);
  }
}, 300_000);

import { describe, expect, it } from "vitest";

import { expectOneOf, SwapRig } from "./swap-rig.ts";

/** Entries of the old content, and of the new one. */
const KEPT_OLD = 5;
const KEPT_NEW = 4;
/** From amid the moves on. */
const LAST_CHANGES = 9;

/** With the new content on trial. */
function trialRig(...paths: string[]) {
  const rig = new SwapRig();
  rig.reset();
  const old = rig.tree();
  const whole = rig.swap(undefined, "trial", ...paths);
  expect(whole).toMatchObject({ status: 0, stdout: "" });
  expect(rig.leftovers()).toHaveLength(1);
  rig.save();
  expect(rig.settle(undefined, "accept").status).toBe(0);
  const fresh = rig.tree();
  rig.loadSaved();
  return { rig, trees: [old, fresh] as [typeof old, typeof fresh], changes: whole.changes };
}

describe("a restore in place on trial that is killed", () => {
  it("before any of its last changes is all of the old, or all of the new with the old kept", () => {
    const { rig, trees, changes } = trialRig();
    const seen = new Set<boolean>();
    // What is before is the same as without a trial.
    for (let at = changes - LAST_CHANGES; at <= changes; at++) {
      rig.reset();
      expect(rig.swap(at, "trial").signal).toBe("SIGKILL");
      expect(rig.settle()).toMatchObject({ status: 0 });
      expect(rig.leftovers()).toEqual([]);
      const isNew = expectOneOf(rig.tree(), trees);
      expect(rig.kept()).toHaveLength(isNew ? KEPT_OLD : 0);
      seen.add(isNew);
    }
    expect(seen).toEqual(new Set([false, true]));
  }, 300_000);

  it.each(["accept", "revert"] as const)(
    "before any change of its end (%s) loses neither content",
    (end) => {
      const { rig, trees } = trialRig();
      const unhurt = rig.settle(undefined, end);
      expect(unhurt.status).toBe(0);
      expect(expectOneOf(rig.tree(), trees)).toBe(end === "accept");
      for (let at = 1; at <= unhurt.changes; at++) {
        rig.loadSaved();
        expect(rig.settle(at, end).signal).toBe("SIGKILL");
        expect(rig.settle()).toMatchObject({ status: 0 });
        expect(rig.leftovers()).toEqual([]);
        const isNew = expectOneOf(rig.tree(), trees);
        if (end === "accept") expect(isNew).toBe(true);
        // What was to go is kept until that has been written down.
        else expect(rig.kept()).toHaveLength(isNew ? KEPT_OLD : KEPT_NEW);
      }
    },
    300_000,
  );

  it("of some paths leaves each of them and all others whole", () => {
    const { rig, trees } = trialRig("both", "sub/deep");
    const { changes } = rig.settle(undefined, "revert");
    const [old] = trees;
    for (let at = 1; at <= changes; at++) {
      rig.loadSaved();
      expect(rig.settle(at, "revert").signal).toBe("SIGKILL");
      expect(rig.settle()).toMatchObject({ status: 0 });
      expect(rig.leftovers()).toEqual([]);
      const isNew = (path: string) => old.get(path) !== rig.tree().get(path);
      expect(isNew("./both")).toBe(isNew("./sub/deep"));
      expect(["./sub/only", "./mine"].map(isNew)).toEqual([false, false]);
    }
  }, 300_000);
});

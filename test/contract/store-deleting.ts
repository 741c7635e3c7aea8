/** The contract of `delete`, `removeLeftovers` and `space`. */
import { expect, it } from "vitest";
import { hasCode } from "../../src/domain/errors.ts";
import type { Store } from "../../src/ports/store.ts";
import { bodyOf, keysOf, textOf } from "./bytes.ts";

export function describeDeleting(store: () => Store): void {
  it("deletes an object, and as gladly once more", async () => {
    await store().put("stack/job/object", bodyOf("x"));
    await store().put("stack/job/other", bodyOf("y"));
    await store().delete("stack/job/object");
    expect(await store().stat("stack/job/object")).toBeUndefined();
    expect(await keysOf(store())).toEqual(["stack/job/other"]);
    await expect(textOf(store().get("stack/job/object"))).rejects.toMatchObject({ code: "not-found" });
    await store().delete("stack/job/object");
    await store().delete("never/was/there");
  });

  it("deletes one object, never what is below its name or starts with it", async () => {
    const keys = ["stack/job/object", "stack/job/object-2", "stack/job-2/object"];
    for (const key of keys) await store().put(key, bodyOf("x"));
    await store().delete("stack/job");
    await store().delete("stack");
    await store().delete("stack/job/object");
    expect(await keysOf(store())).toEqual(["stack/job-2/object", "stack/job/object-2"]);
  });

  it("takes a key again that was deleted", async () => {
    for (const text of ["first", "second"]) {
      await store().put("stack/object", bodyOf(text));
      expect(await textOf(store().get("stack/object"))).toBe(text);
      await store().delete("stack/object");
    }
  });

  it("survives puts and deletes of neighbours at the same time", async () => {
    const churn = async (writer: number) => {
      for (let turn = 0; turn < 15; turn++) {
        await store().put(`stack/shared/folder/${writer}-${turn}`, bodyOf("x"));
        await store().delete(`stack/shared/folder/${writer}-${turn}`);
      }
    };
    await Promise.all([churn(1), churn(2), churn(3), churn(4)]);
    expect(await keysOf(store())).toEqual([]);
  });

  it("counts no leftovers where every put ended, and removes no object", async () => {
    await store().put("stack/object", bodyOf("x"));
    await store().put("stack/job/20261120T030000Z-7f3a/recovery-point.json", bodyOf("{}"));
    expect(await store().removeLeftovers("stack/")).toBe(0);
    expect(await keysOf(store())).toHaveLength(2);
  });

  it("leaves a put alone that is under way while leftovers are removed", async () => {
    async function* body() {
      yield Buffer.from("first, ");
      await store().removeLeftovers("stack/");
      yield Buffer.from("second");
    }
    await store().put("stack/object", body());
    expect(await textOf(store().get("stack/object"))).toBe("first, second");
  });

  it("says how much space there is, or that it does not know", async () => {
    const space = await store().space();
    if (space === undefined) return;
    expect(space.totalBytes).toBeGreaterThan(0);
    expect(space.freeBytes).toBeGreaterThanOrEqual(0);
    expect(space.freeBytes).toBeLessThanOrEqual(space.totalBytes);
  });

  it("gives every put an answer of success or already-exists when it races with deletes", async () => {
    const attempts = Array.from({ length: 20 }, (_, index) =>
      index % 2 === 0 ? store().put("stack/contested", bodyOf("x")) : store().delete("stack/contested"),
    );
    for (const result of await Promise.allSettled(attempts)) {
      if (result.status === "rejected") expect(hasCode(result.reason, "already-exists")).toBe(true);
    }
  });
}

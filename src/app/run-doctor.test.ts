import { describe, expect, it } from "vitest";
import { keysOf } from "../../test/contract/bytes.ts";
import { appWorkshop } from "../../test/fakes/app-workshop.ts";
import { appendOnly, MISSING_RIGHT } from "../../test/fakes/append-only-store.ts";
import type { Fault, StoreMethod } from "../../test/fakes/faulty-store.ts";
import { retained } from "../domain/errors.ts";
import { MINUTE } from "../domain/instant.ts";
import { inspectStore } from "./run-doctor.ts";

const INSPECTION = () => ({
  use: { jobs: [], diskLow: {}, isPrunedElsewhere: false },
  signal: new AbortController().signal,
});

async function inspect(method?: StoreMethod, fault?: Fault) {
  const { context, store } = appWorkshop();
  if (method !== undefined && fault !== undefined) store.inject(method, fault, { key: /probe/ });
  const findings = await inspectStore(context, store, INSPECTION());
  const told = findings.map(({ verdict, message }) => `${verdict}: ${message}`);
  return { told, left: await keysOf(store) };
}

describe("a look at a store", () => {
  it("finds nothing wrong with a good one, and leaves nothing in it", async () => {
    const { told, left } = await inspect();
    expect(told.map((each) => each.slice(0, 3))).toEqual(told.map(() => "ok:"));
    expect(told[0]).toContain("deletes it");
    expect(left).toEqual([]);
  });

  it.each([
    ["cannot be written to", "put", { kind: "throw-before" }, "connection was reset"],
    ["gives back something else", "get", { kind: "flip-byte", at: 3 }, "something else than was written"],
    ["does not list what it has", "list", { kind: "drop" }, "does not list"],
    ["does not delete", "delete", { kind: "drop" }, "still has what was deleted"],
  ] as const)("fails one that %s", async (_what, method, fault, why) => {
    const { told } = await inspect(method, fault);
    expect(told).toEqual([expect.stringMatching(new RegExp(`^failed: .*${why}`))]);
  });

  it.each([
    ["takes a second object of one name", { put: "overwrites" }, "second object of the name of the first"],
    ["gives back another part than was asked for", { get: "shifts" }, "of a part of an object"],
  ] as const)("fails one that %s", async (_what, fault, why) => {
    const { context, store } = appWorkshop();
    const { put, get } = { put: store.put.bind(store), get: store.get.bind(store) };
    if ("put" in fault)
      store.put = (key, body, options) => put(key, body, { ...options, replace: /probe/.test(key) });
    else
      store.get = (key, { range, ...options } = {}) =>
        get(key, { ...options, ...(range && { range: { ...range, offset: range.offset + 1 } }) });
    const findings = await inspectStore(context, store, INSPECTION());
    expect(findings).toEqual([
      expect.objectContaining({ verdict: "failed", message: expect.stringContaining(why) as string }),
    ]);
    expect(await keysOf(store)).toEqual([]);
  });

  it("fails one whose identity may not delete, unless another one prunes it", async () => {
    for (const isPrunedElsewhere of [false, true]) {
      const { context, store } = appWorkshop();
      const inspection = { ...INSPECTION(), use: { ...INSPECTION().use, isPrunedElsewhere } };
      const [first] = await inspectStore(context, appendOnly(store), inspection);
      const message = isPrunedElsewhere ? "another identity deletes" : MISSING_RIGHT;
      expect(first).toMatchObject({
        verdict: isPrunedElsewhere ? "ok" : "failed",
        message: expect.stringContaining(message) as string,
      });
    }
  });

  it("is given up where the store does not answer", async () => {
    const { context, store, clock } = appWorkshop();
    store.inject("get", { kind: "hang" }, { key: /probe/ });
    const looking = inspectStore(context, store, INSPECTION());
    await clock.advance(2 * MINUTE);
    expect(await looking).toEqual([
      expect.objectContaining({
        verdict: "failed",
        message: expect.stringContaining("no answer within 120 s") as string,
      }),
    ]);
    expect(await keysOf(store)).toEqual([]);
  });

  it("warns of one that keeps what is written for a time, and is content with it otherwise", async () => {
    const until = Date.parse("2026-12-01T00:00:00Z");
    const { told } = await inspect("delete", {
      kind: "throw-before",
      error: retained("Deleting", { until }),
    });
    expect(told[0]).toMatch(/^warning: .*does not delete it: kept by the store until 2026-12-01T00:00:00/);
    expect(told.slice(1).every((each) => each.startsWith("ok:"))).toBe(true);
  });

  it("warns of what the store says of itself, also where it cannot be tried", async () => {
    const sentence = "The right to delete is missing.";
    for (const isBroken of [false, true]) {
      const { context, store } = appWorkshop();
      if (isBroken) store.inject("put", { kind: "throw-before" });
      const told = Object.assign(store, { inspect: async () => [sentence] });
      const findings = await inspectStore(context, told, INSPECTION());
      expect(findings.some(({ verdict }) => verdict === "failed")).toBe(isBroken);
      expect(findings.at(-1)).toEqual({ about: "store local", verdict: "warning", message: sentence });
    }
  });

  it("warns of a store that cannot say how it is set up, unless it has failed already", async () => {
    for (const isBroken of [false, true]) {
      const { context, store } = appWorkshop();
      if (isBroken) store.inject("put", { kind: "throw-before" });
      const silent = Object.assign(store, { inspect: () => Promise.reject(new Error("no answer")) });
      const findings = await inspectStore(context, silent, INSPECTION());
      const last = { verdict: isBroken ? "failed" : "warning" };
      expect(findings.at(-1)).toMatchObject(isBroken ? last : { ...last, message: "no answer" });
    }
  });

  it("warns of a clock that differs, by how much", async () => {
    const { context, store, clock } = appWorkshop();
    const put = store.put.bind(store);
    store.put = async (key, body, options) => {
      const stored = await put(key, body, options);
      return { ...stored, modifiedAt: clock.now() - 10 * MINUTE };
    };
    const findings = await inspectStore(context, store, INSPECTION());
    expect(findings).toContainEqual(
      expect.objectContaining({ verdict: "warning", message: expect.stringContaining("10 min") as string }),
    );
  });
});

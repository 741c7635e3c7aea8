import { describe, expect, it } from "vitest";
import { appWorkshop, STACK } from "../../test/fakes/app-workshop.ts";
import { keysOf } from "../../test/contract/bytes.ts";

const signal = new AbortController().signal;
const asJob = (job: string) => ({ operation: "backup", job, signal });

describe("the write lock of a process", () => {
  it("is one object however many runs share it, and goes with the last of them", async () => {
    const { context, store } = appWorkshop();
    const holds = await Promise.all(["a", "b"].map((job) => context.locks.hold(store, asJob(job))));
    expect(await keysOf(store, `${STACK}/.locks/`)).toHaveLength(1);
    await holds[0]?.release();
    await holds[0]?.release();
    expect(await keysOf(store, `${STACK}/.locks/`)).toHaveLength(1);
    await holds[1]?.release();
    expect(await keysOf(store, `${STACK}/.locks/`)).toHaveLength(0);
  });

  it("can be had again while it is being released", async () => {
    const { context, store } = appWorkshop();
    const first = await context.locks.hold(store, asJob("a"));
    const releasing = first.release();
    const second = await context.locks.hold(store, asJob("b"));
    await releasing;
    expect(await keysOf(store, `${STACK}/.locks/`)).toHaveLength(1);
    await second.release();
  });

  it("is still acquired for the others when the run that asked first is cancelled", async () => {
    const { context, store } = appWorkshop();
    const abort = new AbortController();
    const first = context.locks.hold(store, { ...asJob("a"), signal: abort.signal });
    const second = context.locks.hold(store, asJob("b"));
    abort.abort();
    await expect(first).rejects.toMatchObject({ code: "cancelled" });
    await (await second).release();
    expect(await keysOf(store, `${STACK}/.locks/`)).toHaveLength(0);
  });

  it("leaves nothing behind when it could not be had", async () => {
    const { context, store } = appWorkshop();
    store.inject("put", { kind: "throw-before" });
    await expect(context.locks.hold(store, asJob("a"))).rejects.toThrow();
    await (await context.locks.hold(store, asJob("a"))).release();
  });
});

describe("a reader", () => {
  it("is refused a point that is just being pruned", async () => {
    const { context, store } = appWorkshop();
    const pruner = await context.locks.hold(store, asJob("a"));
    await pruner.claimForRemoval(["p1"]);
    const use = context.locks.use(store, { operation: "restore", points: ["p1"], signal });
    await expect(use).rejects.toMatchObject({ code: "refused" });
    await pruner.release();
  });

  it("that cannot release its lock has nothing to tell: it is in nobody's way, and what went wrong is told by itself", async () => {
    const { context, store, events } = appWorkshop();
    const use = await context.locks.use(store, { operation: "restore", points: ["p1"], signal });
    store.inject("delete", { kind: "throw-before" });
    await use.release();
    expect(events).toEqual([]);
  });
});

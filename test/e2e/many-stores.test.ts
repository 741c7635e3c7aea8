import { mkdirSync, renameSync } from "node:fs";
import { isDeepStrictEqual } from "node:util";

import { describe, expect, it } from "vitest";

import { LocalStore } from "../../src/stores/local/local-store.ts";
import { describeTree } from "../fakes/captured-volume.ts";
import { putPoint } from "../fakes/points.ts";
import { FakeMachine } from "../fakes/process-tables.ts";
import { leftoversIn, storedState } from "../torture/stored-state.ts";
import { alertInbox } from "./alert-inbox.ts";
import { testStack, type Daemon, type TestStack } from "./test-stack.ts";
import { waitUntil } from "./wait-until.ts";

const TOKEN = "a-token-for-tests";
const STORES = ["local", "nas", "offsite"];

/** Each store has one point, far older than points may be. */
async function stackOfThree() {
  const inbox = await alertInbox();
  const stack = testStack({
    stores: STORES,
    jobs: { data: { freshness: { maxAge: "1d" } } },
    alerts: { channels: inbox.channels },
    http: { listen: "127.0.0.1:0", token: TOKEN },
  });
  stack.write({ file: "content" });
  for (const name of STORES) {
    const path = stack.store(name);
    mkdirSync(path, { recursive: true });
    const store = new LocalStore({ name, path, processes: new FakeMachine("host").startProcess() });
    await putPoint(store, "2026-01-01T03:00:00Z", { stack: "test", sourceKind: "older" });
  }
  return { stack, inbox };
}

/** The daemon looks at the stores anew when a run has ended: what it found shows a moment later. */
async function untilFreshness(daemon: Daemon, expected: Record<string, string>): Promise<void> {
  await waitUntil(`the freshness ${JSON.stringify(expected)}`, async () => {
    const { jobs } = await daemon.status();
    const stores = jobs[0]?.stores.map(({ store, freshness }) => [store, freshness]) ?? [];
    return isDeepStrictEqual(Object.fromEntries(stores), expected);
  });
}

function pointsIn(stack: TestStack, store: string): string[] {
  return [...storedState(stack.store(store)).committed].sort();
}

describe("one dead store of three", () => {
  it("leaves the others fresh, is named by its alert and by exit code 3, and is healed by the first run that finds it back", async () => {
    const { stack, inbox } = await stackOfThree();
    const daemon = await stack.startDaemon();
    await inbox.next("stale", "firing");
    renameSync(stack.store("offsite"), stack.path("unmounted"));

    expect(await daemon.runJob("data", TOKEN)).toBe("partial");
    await untilFreshness(daemon, { local: "fresh", nas: "fresh", offsite: "stale" });
    stack.write({ file: "content", more: "of it" });
    const { exitCode, stdout } = await stack.run("backup");
    expect(exitCode).toBe(3);
    expect(stdout).toMatch(
      /^data: partial\. Incremental point \S+ in local, nas: .*offsite.* does not exist/,
    );
    expect(await inbox.next("store-unreachable", "firing")).toMatchObject({ store: "offsite" });
    const { alerts } = await daemon.status();
    expect(alerts.filter(({ condition }) => condition === "stale")).toMatchObject([{ store: "offsite" }]);

    renameSync(stack.path("unmounted"), stack.store("offsite"));
    expect(await daemon.runJob("data", TOKEN)).toBe("succeeded");
    await untilFreshness(daemon, { local: "fresh", nas: "fresh", offsite: "fresh" });
    await inbox.next("store-unreachable", "resolved");
    expect((await daemon.status()).alerts).toEqual([]);
    expect(pointsIn(stack, "local")).toHaveLength(4);
    for (const store of STORES) {
      expect(pointsIn(stack, store)).toEqual(pointsIn(stack, "local"));
      expect(leftoversIn(stack.store(store))).toEqual([]);
    }
    expect((await daemon.get("/metrics")).body).toMatch(
      /^holdfast_copied_points_total\{job="data",store="offsite"\} 2$/m,
    );

    const [, missed] = (await stack.points()).filter((id) => !id.startsWith("20260101"));
    for (const name of ["local", "nas"]) renameSync(stack.store(name), stack.path(`lost-${name}`));
    await stack.run("restore", "data", "--point", String(missed), "--to", stack.path("restored"));
    expect(describeTree(stack.path("restored"))).toEqual(describeTree(stack.source()));
  });
});

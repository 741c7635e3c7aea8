/** Drills of points of files, from stores in memory into a directory of this machine. */
import { existsSync, mkdirSync, readdirSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";

import { describe, expect, it } from "vitest";

import { appWorkshop, STACK, testJob } from "../../../test/fakes/app-workshop.ts";
import { bodyOf, bytesOf, keysOf, textOf } from "../../../test/contract/bytes.ts";
import { ageKeyPair } from "../../../test/fakes/keys.ts";
import { putPoint, recordOf } from "../../../test/fakes/points.ts";
import { temporaryDirectory } from "../../../test/fakes/temporary-directory.ts";
import type { CommandCheck, DrillCheck } from "../../domain/drill-check.ts";
import { HoldfastError } from "../../domain/errors.ts";
import { MINUTE } from "../../domain/instant.ts";
import type { ContainerMount } from "../../ports/container-runtime.ts";
import type { Store } from "../../ports/store.ts";
import { createVolumeSource } from "../../sources/volume/volume-source.ts";
import { backupJob } from "../backup-job.ts";
import type { PointChoice } from "../find-point.ts";
import { findMountedSource } from "../restore-in-stack/mounted-source.ts";
import { runDrill } from "../run-drill.ts";
import { volumeDrill } from "./drill-volume.ts";

const { signal } = new AbortController();
const NEWEST: PointChoice = { newest: true };

interface Asked {
  checks?: readonly DrillCheck[];
  choice?: PointChoice;
  until?: AbortSignal;
}

function setUp(stores: readonly string[] = ["local"]) {
  const shop = appWorkshop(stores);
  const [root, scratch] = [temporaryDirectory(), temporaryDirectory()];
  writeFileSync(join(root, "config.json"), '{"a": 1}');
  mkdirSync(join(root, "state"));
  writeFileSync(join(root, "state/users"), "x".repeat(5000));
  const job = testJob({ sourceKind: "volume", timeout: MINUTE });
  const source = createVolumeSource({ kind: "volume", path: root });
  const backUp = async (context = shop.context) => {
    const request = { job, source, stores: shop.stores, trigger: "command", signal } as const;
    const { report, error } = await backupJob(context, request);
    await shop.clock.advance(MINUTE);
    if (report === undefined) throw error ?? new Error("no report");
    return report.record.id;
  };
  const drill = ({ checks = [], choice = NEWEST, until = signal }: Asked = {}, context = shop.context) =>
    runDrill(context, {
      ...{ job: "data", trigger: "command", stores: shop.stores, choice, signal: until },
      drill: volumeDrill(context, {
        ...{ scratch, checks, project: "stack" },
        databases: { opener: { open: async () => ({ state: "sound" }) }, keyOf: () => undefined },
        ask: async () => expect.fail("nothing is asked"),
        sourceOf: (asked) => findMountedSource(shop.engine, "/source/data", asked),
      }),
    });
  const proofs = async (store: Store = shop.store) =>
    (await shop.context.catalog.listPoints(store, { stack: STACK })).points.map(({ lastProof }) => lastProof);
  return { ...shop, root, scratch, backUp, drill, proofs };
}

const mount = (destination: string, of: Partial<ContainerMount>): ContainerMount => ({
  ...{ kind: "volume", volume: undefined, source: "", destination, writable: true, ...of },
});

const command = (text: string, of: Partial<CommandCheck> = {}): CommandCheck => ({
  ...{ kind: "command", command: ["sh", "-c", text], timeout: MINUTE },
  ...{ service: undefined, image: undefined, mount: undefined, ...of },
});

describe("A drill of a point of files", () => {
  it("restores it, checks what is asked for, leaves nothing, and keeps what it took beside the point", async () => {
    const { backUp, drill, scratch, proofs } = setUp();
    const id = await backUp();
    const checks: DrillCheck[] = [
      { kind: "files", paths: ["state/users", "state"] },
      { kind: "json", paths: ["config.json"] },
    ];
    const { run, report, error } = await drill({ checks });
    expect(error).toBeUndefined();
    expect(run).toMatchObject({ operation: "drill", outcome: "succeeded", point: id, sourceBytes: 5008 });
    expect(report?.made).toEqual(["a copy of 2 files (5.0 kB)"]);
    expect(readdirSync(scratch)).toEqual([]);
    const [proof] = await proofs();
    expect(proof).toMatchObject({ operation: "drill", outcome: "passed", measured: { bytes: 5008 } });
    expect(proof?.measured?.phases.map(({ name }) => name)).toEqual([
      "finding the point",
      "restoring",
      "checking",
    ]);
  });

  it.each<[DrillCheck, string]>([
    [{ kind: "files", paths: ["gone"] }, "gone is not in the point, and a check asks for it."],
    [
      { kind: "files", paths: ["config.json/x"] },
      "config.json/x is not in the point, and a check asks for it.",
    ],
    [{ kind: "files", paths: ["out"] }, "out is a link out of the source, which no check follows."],
    [{ kind: "json", paths: ["state"] }, "state is no file, and a check asks for JSON."],
    [{ kind: "json", paths: ["state/users"] }, "state/users is no JSON: "],
  ])("fails where %j is not so, and says what", async (check, sentence) => {
    const { backUp, drill, root, scratch, proofs } = setUp();
    symlinkSync("/etc", join(root, "out"));
    await backUp();
    const { run } = await drill({ checks: [check] });
    expect(run.outcome).toBe("failed");
    expect(run.reason).toContain(sentence);
    expect(readdirSync(scratch)).toEqual([]);
    expect(await proofs()).toMatchObject([{ outcome: "failed", operation: "drill" }]);
  });

  it("finds a byte that has changed in the store", async () => {
    const { backUp, drill, store, proofs, scratch } = setUp();
    await backUp();
    const key = (await keysOf(store)).find((name) => name.endsWith("archive.tar.zst")) ?? "";
    const bytes = await bytesOf(store.get(key));
    bytes[20] = (bytes[20] ?? 0) ^ 1;
    await store.put(key, bodyOf(bytes), { replace: true });
    const { run } = await drill();
    expect(run).toMatchObject({
      outcome: "failed",
      reason: expect.stringContaining("archive.tar.zst") as string,
    });
    expect(await proofs()).toMatchObject([{ outcome: "failed" }]);
    expect(readdirSync(scratch)).toEqual([]);
  });

  it("says nothing about the point where there is no room for it", async () => {
    const { store, drill, proofs } = setUp();
    const huge = recordOf("2026-11-20T01:00:00Z").totals;
    await putPoint(store, "2026-11-20T01:00:00Z", { stack: STACK, totals: { ...huge, sourceBytes: 9e15 } });
    const { run, error } = await drill();
    expect(error).toMatchObject({
      code: "no-space",
      message: expect.stringContaining("`scratch`") as string,
    });
    expect(run).toMatchObject({ outcome: "failed" });
    expect(run.point).toBeUndefined();
    expect(await proofs()).toEqual([undefined]);
  });

  it("takes each store in its turn, and any point where that is asked for", async () => {
    const { backUp, drill } = setUp(["local", "offsite"]);
    const ids = [await backUp(), await backUp()];
    const drilled = async (choice?: PointChoice) => {
      const { report } = await drill(choice === undefined ? {} : { choice });
      return [report?.drilled.store, report?.drilled.id];
    };
    expect(await drilled()).toEqual(["local", ids[1]]);
    expect(await drilled()).toEqual(["offsite", ids[1]]);
    expect(await drilled({ random: 0.99 })).toEqual(["local", ids[0]]);
  });

  it("tells of an encrypted point in the store only how much is wrong", async () => {
    const { backUp, drill, context, store, proofs } = setUp();
    const { encryption, keys } = await ageKeyPair();
    const encrypted = { ...context, encryption, keys };
    await backUp(encrypted);
    const { run } = await drill({ checks: [{ kind: "files", paths: ["secret-name"] }] }, encrypted);
    expect(run.reason).toContain("secret-name");
    expect((await proofs())[0]?.problems).toEqual(["1 problem, which the log of the drill tells."]);
    const proof = (await keysOf(store)).find((key) => key.includes("/proofs/")) ?? "";
    expect(await textOf(store.get(proof))).not.toContain("secret-name");
  });

  it("that is cancelled leaves nothing", async () => {
    const { backUp, drill, scratch, proofs } = setUp();
    await backUp();
    const stop = new AbortController();
    const until = stop.signal;
    const checks: DrillCheck[] = [command("sleep 60", { image: "app" })];
    const going = drill({ checks, until });
    stop.abort(new HoldfastError("cancelled", { what: "The drill", why: "it was cancelled" }));
    expect((await going).run.outcome).toBe("cancelled");
    expect(readdirSync(scratch)).toEqual([]);
    expect(await proofs()).toEqual([undefined]);
  });

  it("removes first what killed drills have left", async () => {
    const { backUp, drill, scratch, engine } = setUp();
    await backUp();
    const left = join(scratch, "drill-0123456789ab-77-9-0123456789ab");
    mkdirSync(join(left, "tree"), { recursive: true });
    const labels = { "holdfast.stack": STACK, "holdfast.job": "data", "holdfast.drill": "drill-gone" };
    const container = await engine.create({ name: "left", image: "app", command: [], labels });
    const { report } = await drill({ checks: [command("true", { image: "app" })] });
    expect(report?.leftovers).toEqual([`The directory ${left}`, "The container left"]);
    expect(existsSync(left)).toBe(false);
    expect(engine.stateOf(container)).toBeUndefined();
  });
});

describe("A command over what was restored", () => {
  function inContainers() {
    const shop = setUp();
    const { engine, scratch } = shop;
    const mounts = [
      mount("/source/data", { volume: "stack_data", source: "/volumes/stack_data", writable: false }),
      mount(scratch, { volume: "stack_state", source: "/volumes/stack_state" }),
    ];
    engine.own = engine.addService({ service: "backup", mounts });
    engine.addService({
      service: "app",
      mounts: [mount("/var/lib/app", { volume: "stack_data", source: "/volumes/stack_data" })],
    });
    return shop;
  }

  it("runs in a container of the service that uses it, without network, and sees it read-only where that has it", async () => {
    const { backUp, drill, engine } = inContainers();
    await backUp();
    const { run } = await drill({ checks: [command("true")] });
    expect(run.outcome).toBe("succeeded");
    expect(engine.requests).toMatchObject([
      { image: "image", command: ["sh", "-c", "true"], capabilities: ["DAC_READ_SEARCH"] },
    ]);
    const [request] = engine.requests;
    expect(request?.networks).toBeUndefined();
    expect(request?.mounts).toEqual([
      {
        ...{ kind: "bind", destination: "/var/lib/app", writable: false },
        source: expect.stringMatching(/^\/volumes\/stack_state\/drill-[^/]+\/tree$/) as string,
      },
    ]);
    expect(await engine.containers({ labels: { "holdfast.stack": STACK } })).toEqual([]);
  });

  it("fails the drill with what it says", async () => {
    const { backUp, drill } = inContainers();
    await backUp();
    const { run } = await drill({ checks: [command("echo 3 orders are gone >&2; exit 4")] });
    expect(run).toMatchObject({
      outcome: "failed",
      reason:
        "The check `sh -c echo 3 orders are gone >&2; exit 4` ended with exit code 4: 3 orders are gone.",
    });
  });

  it("fails the drill where it does not end in time", async () => {
    const { backUp, drill, clock, engine } = inContainers();
    await backUp();
    const going = drill({ checks: [command("sleep 600", { timeout: MINUTE })] });
    await expect.poll(() => engine.requests.length).toBe(1);
    await clock.advance(2 * MINUTE);
    expect((await going).run).toMatchObject({
      outcome: "failed",
      reason: "The check `sh -c sleep 600` did not end within 1 min.",
    });
    expect(await engine.containers({ labels: { "holdfast.stack": STACK } })).toEqual([]);
  });

  it("says nothing about the point where there is no service to run it in", async () => {
    const { backUp, drill, proofs } = inContainers();
    await backUp();
    const { error } = await drill({ checks: [command("true", { service: "gone" })] });
    expect(error?.message).toContain("there is no container of service gone");
    expect(await proofs()).toEqual([undefined]);
  });
});

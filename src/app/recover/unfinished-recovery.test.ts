import { describe, expect, it } from "vitest";
import { appWorkshop, STACK, testJob } from "../../../test/fakes/app-workshop.ts";
import { keysOf } from "../../../test/contract/bytes.ts";
import { ScriptedSource } from "../../../test/fakes/scripted-source.ts";
import { HoldfastError } from "../../domain/errors.ts";
import type { RecoveryRecord } from "../../ports/recovery-log.ts";
import { backupJob } from "../backup-job.ts";

function cutOff(overrides: Partial<RecoveryRecord> = {}): RecoveryRecord {
  const step = { kind: "volume", point: { id: "p", store: "local", startedAt: 0, sourceBytes: 1 } } as const;
  const progress = { begunAt: 1, doneAt: undefined, ms: undefined, safety: undefined, warnings: [] };
  return {
    ...{ id: "r", stack: STACK, startedAt: Date.parse("2026-11-20T02:00:00Z"), at: undefined, only: [] },
    ...{ steps: [{ job: "data", ...step, ...progress }], stopped: ["app"], servicesStartedAt: undefined },
    ...{ changedAt: 1, attempts: 1, ...overrides },
  };
}

/** A backup of job data while that is what the log of recoveries says. */
async function backUp(current: () => Promise<RecoveryRecord | undefined>) {
  const { context, stores, store } = appWorkshop();
  const source = new ScriptedSource({ objects: { "archive.tar.zst": [Buffer.from("data")] } });
  const { signal } = new AbortController();
  const of = { job: testJob(), source, stores, trigger: "schedule" as const, signal };
  const { run } = await backupJob({ ...context, recoveries: { current } }, of);
  return { run, captures: source.captures.length, keys: await keysOf(store, "") };
}

describe("a backup while a recovery that was cut off waits to be gone on with", () => {
  it("is refused before anything is captured, says what ends that, and leaves no lock", async () => {
    const { run, captures, keys } = await backUp(async () => cutOff());
    expect(run).toMatchObject({ outcome: "failed", stores: [] });
    expect(run.reason).toBe(
      "Backing up job data failed: the recovery that was begun at 2026-11-20T02:00:00.000Z has not ended, and only a part of the stack's data may be back; go on with it by `holdfast recover`, or give it up by `holdfast recover --abandon`.",
    );
    expect({ captures, keys }).toEqual({ captures: 0, keys: [] });
  });

  it("runs where the recovery has nothing to do with the job", async () => {
    const [step] = cutOff().steps;
    const other = step === undefined ? [] : [{ ...step, job: "users" }];
    expect((await backUp(async () => cutOff({ steps: other }))).run.outcome).toBe("succeeded");
  });

  it("runs once all data is back and only services were being started", async () => {
    expect((await backUp(async () => cutOff({ servicesStartedAt: 5 }))).run.outcome).toBe("succeeded");
  });

  it("is refused where nobody understands what the log says, and runs where the log cannot be read", async () => {
    const failing = (code: "damaged" | "target") => async () => {
      throw new HoldfastError(code, { what: "Reading the recovery under way", why: "it is broken" });
    };
    expect((await backUp(failing("damaged"))).run).toMatchObject({ outcome: "failed" });
    expect((await backUp(failing("target"))).run).toMatchObject({ outcome: "succeeded" });
  });
});

import { describe, expect, it } from "vitest";
import { appWorkshop, testJob } from "../../test/fakes/app-workshop.ts";
import { ScriptedSource } from "../../test/fakes/scripted-source.ts";
import type { Job } from "../domain/job.ts";
import { backupJob } from "./backup-job.ts";

const QUIESCE: NonNullable<Job["quiesce"]> = {
  ...{ mode: "pause", services: ["app"], grace: undefined, limit: 60_000 },
};

describe("a backup of a job with services to hold", () => {
  it("holds them while the source is captured, and neither before nor after", async () => {
    const shop = appWorkshop();
    const app = shop.engine.addService({ service: "app" });
    const source = new ScriptedSource({ objects: { "archive.tar.zst": [Buffer.from("data")] } });
    const states: unknown[] = [];
    const capture = source.capture.bind(source);
    source.capture = async (request) => {
      states.push(shop.engine.stateOf(app));
      return capture(request);
    };
    const { run, report } = await backupJob(shop.context, {
      job: testJob({ quiesce: QUIESCE }),
      ...{ source, stores: shop.stores, trigger: "schedule", signal: new AbortController().signal },
    });
    expect(run.outcome).toBe("succeeded");
    expect(report?.record.capture).toMatchObject({ heldMs: 0 });
    expect(states).toEqual(["paused"]);
    expect(shop.engine.done).toEqual(["pause stack-app-1", "unpause stack-app-1"]);
  });

  it("makes no point when they cannot be held, and says why", async () => {
    const shop = appWorkshop();
    shop.engine.addService({ service: "db" });
    const { run } = await backupJob(shop.context, {
      job: testJob({ quiesce: QUIESCE }),
      source: new ScriptedSource({ objects: {} }),
      ...{ stores: shop.stores, trigger: "schedule", signal: new AbortController().signal },
    });
    expect(run).toMatchObject({
      outcome: "failed",
      reason: expect.stringContaining("no container of app") as string,
    });
  });
});

import { describe, expect, it } from "vitest";
import { appWorkshop, testJob } from "../../../test/fakes/app-workshop.ts";
import type { ContainerMount } from "../../ports/container-runtime.ts";
import { freezerFor } from "./find-freezer.ts";

const { signal } = new AbortController();

const mounted = (destination: string, writable = true): { mounts: ContainerMount[] } => ({
  mounts: [{ kind: "volume", volume: "app_data", source: "/volumes/app_data", destination, writable }],
});

function workshop(job = testJob()) {
  const shop = appWorkshop();
  const warnings: string[] = [];
  const find = freezerFor(shop.context, { job, onWarning: (message) => void warnings.push(message) });
  return {
    ...shop,
    find: () => find({ directory: "/source/data/state" }, signal),
    findByName: () => find({ volume: "app_data" }, signal),
  };
}

describe("who is held while a database is captured that does not stand still", () => {
  it("are the services that have its volume mounted, for no longer than the work takes", async () => {
    const { engine, find } = workshop();
    engine.own = engine.addService({ service: "backup", ...mounted("/source/data") });
    const app = engine.addService({ service: "app", ...mounted("/data") });
    engine.addService({ service: "db" });
    const freezer = await find();
    const held = "freeze" in freezer ? await freezer.freeze(async () => engine.stateOf(app)) : undefined;
    expect(held?.value).toBe("paused");
    expect(engine.done).toEqual(["pause stack-app-1", "unpause stack-app-1"]);
  });

  it("are not those that can only read it, of the stack or not", async () => {
    const { engine, find } = workshop();
    engine.own = engine.addService({ service: "backup", ...mounted("/source/data", false) });
    engine.addService({ service: "app", ...mounted("/data") });
    engine.addService({ service: "dashboard", ...mounted("/data", false) });
    engine.addService({ service: "metrics", project: "other", ...mounted("/data", false) });
    const freezer = await find();
    if ("freeze" in freezer) await freezer.freeze(async () => undefined);
    expect(engine.done).toEqual(["pause stack-app-1", "unpause stack-app-1"]);
  });

  it("are those that write to a volume by its name, which is not mounted here", async () => {
    const { engine, findByName } = workshop();
    engine.own = engine.addService({ service: "backup" });
    engine.addService({ service: "app", ...mounted("/data") });
    engine.addService({ service: "dashboard", ...mounted("/data", false) });
    const freezer = await findByName();
    if ("freeze" in freezer) await freezer.freeze(async () => undefined);
    expect(engine.done).toEqual(["pause stack-app-1", "unpause stack-app-1"]);
  });

  it("are those that the job names, where it names some", async () => {
    const { engine, find } = workshop(
      testJob({
        quiesce: {
          ...{ mode: "stop", scope: "databases", services: ["db"], grace: undefined, limit: 1_000 },
          ...{ healthLimit: 0, before: [], after: [] },
        },
      }),
    );
    engine.addService({ service: "db" });
    const freezer = await find();
    if ("freeze" in freezer) await freezer.freeze(async () => undefined);
    expect(engine.done).toEqual(["pause stack-db-1", "unpause stack-db-1"]);
  });

  it.each([
    [
      "there is no engine",
      ({ engine }: ReturnType<typeof workshop>) => {
        engine.ownContainer = async () => Promise.reject(new Error("no engine answers"));
      },
      /cannot be asked/,
    ],
    ["Holdfast runs in no container", () => undefined, /not known here/],
    [
      "nobody uses it",
      ({ engine }: ReturnType<typeof workshop>) =>
        (engine.own = engine.addService({ service: "backup", ...mounted("/source/data") })),
      /no running service/,
    ],
    [
      "all who use it only read",
      ({ engine }: ReturnType<typeof workshop>) => {
        engine.own = engine.addService({ service: "backup", ...mounted("/source/data") });
        engine.addService({ service: "dashboard", ...mounted("/data", false) });
      },
      /no running service/,
    ],
    [
      "somebody else writes to it, too",
      ({ engine }: ReturnType<typeof workshop>) => {
        engine.own = engine.addService({ service: "backup", ...mounted("/source/data") });
        engine.addService({ service: "app", project: "other", ...mounted("/data") });
      },
      /other-app-1, which is not of the stack/,
    ],
  ])("is nobody where %s", async (_, arrange, because) => {
    const shop = workshop();
    arrange(shop);
    expect(await shop.find()).toEqual({ because: expect.stringMatching(because) as string });
  });
});

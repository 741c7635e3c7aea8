import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { stringify } from "yaml";
import { loadYaml } from "../../test/fakes/config-files.ts";
import { writeDuration } from "../domain/duration.ts";
import { writeSize } from "../domain/size.ts";
import { printConfig } from "./show.ts";

const duration = fc.integer({ min: 1, max: 1e9 }).map(writeDuration);
const calendar = fc
  .tuple(fc.nat(9), fc.nat(11), fc.nat(40))
  .map(([years, months, days]) => `${years}y${months}m${days}d`);
const zone = fc.constantFrom("UTC", "Europe/Prague", "Australia/Lord_Howe");
const name = fc.stringMatching(/^[a-z0-9][a-z0-9_-]{0,10}$/);

const job = fc.record(
  {
    source: fc.constant({ kind: "volume", path: "/source/data", exclude: ["*.log"] }),
    schedule: fc.constantFrom("manual", "@daily", "0 3 * * *", "*/5 * * * * *"),
    timezone: zone,
    retention: fc.record(
      { last: fc.integer({ min: -1, max: 9 }), within: calendar, minimum: fc.integer({ min: 1, max: 5 }) },
      { requiredKeys: [] },
    ),
    freshness: fc.record({ maxAge: duration, minSize: fc.nat().map(writeSize) }, { requiredKeys: [] }),
    retry: fc.record({ attempts: fc.integer({ min: 1, max: 9 }), maxDelay: duration }, { requiredKeys: [] }),
    timeout: duration,
    jitter: duration,
    full: fc.constantFrom("weekly", "always", "0 0 1 * *"),
    recheck: fc.constantFrom("0%", "2.5%", "99"),
    verify: fc.constantFrom(
      {},
      { schedule: "0 4 * * *" },
      { schedule: "@daily", sample: "0.5%" },
      { sample: 100 },
    ),
    drill: fc.constantFrom(
      {},
      { schedule: "@weekly", maxAge: "40d", point: "random", checks: [{ json: ["a", "b/c"] }] },
      {
        checks: [
          { command: "app check", mount: "/data" },
          { command: ["a"], image: "i", timeout: "1m" },
        ],
      },
    ),
  },
  { requiredKeys: ["source"] },
);

const anyConfig = fc.record(
  {
    stack: name,
    timezone: zone,
    stores: fc
      .uniqueArray(name, { minLength: 1, maxLength: 3 })
      .map((names) => Object.fromEntries(names.map((of) => [of, { kind: "local", path: `/archive/${of}` }]))),
    defaults: job.map(({ source: _, ...rest }) => rest),
    jobs: fc.dictionary(name, job, { minKeys: 1, maxKeys: 3 }),
    alerts: fc.record(
      { repeatEvery: duration, diskLow: fc.constantFrom({ percent: "5%" }, { bytes: "10GiB" }) },
      { requiredKeys: [] },
    ),
    http: fc.record(
      { listen: fc.constantFrom(false, ":0", "127.0.0.1:80", "[::1]:80", 9000) },
      { requiredKeys: [] },
    ),
    state: fc.constant("/state"),
    concurrency: fc.integer({ min: 1, max: 9 }),
    lockWait: duration,
  },
  { requiredKeys: ["jobs"] },
);

describe("a printed config", () => {
  it("is a config file that means the same", async () => {
    await fc.assert(
      fc.asyncProperty(anyConfig, async (file) => {
        const config = await loadYaml(stringify(file));
        const again = await loadYaml(printConfig(config));
        // A printed one says the name, whoever gave it.
        expect(comparable(again)).toEqual(comparable({ ...config, isNamed: true }));
      }),
      { numRuns: 50 },
    );
  });

  it("says what is in effect, defaults and all", async () => {
    const printed = printConfig(
      await loadYaml("jobs: { data: { source: { kind: volume, path: /d }, retention: { within: 1y2m } } }"),
    );
    for (const line of [
      "listen: 0.0.0.0:9219",
      "within: 1y2m",
      "schedule: manual",
      "timeout: 1d",
      "state: /var/lib/holdfast",
    ]) {
      expect(printed).toContain(line);
    }
  });
});

/** Schedules are compared by what they are made of; order counts. */
function comparable(config: unknown): unknown {
  return JSON.parse(JSON.stringify(config));
}

import { describe, expect, it } from "vitest";
import { loadYaml } from "../../test/fakes/config-files.ts";

const config = (keys: string) =>
  loadYaml(`
jobs: { data: { source: { kind: volume, path: /data } } }
alerts: { channels: { team: { kind: discord, url: "https://discord.example/hook", ${keys} } } }`);

describe("the rules of a channel", () => {
  it("are everything at any time where none is given", async () => {
    expect((await config("")).alerts.channels[0]?.rules).toEqual({ severity: "warning" });
  });

  it("are read from its keys", async () => {
    const keys = 'severity: critical, jobs: [data], conditions: [stale], quiet: "22:00-07:00", maxPerHour: 5';
    expect((await config(keys)).alerts.channels[0]?.rules).toEqual({
      severity: "critical",
      jobs: ["data"],
      conditions: ["stale"],
      quiet: { from: 1320, to: 420, lets: "critical" },
      maxPerHour: 5,
    });
  });

  it.each([
    ["jobs: [dta]", /alerts\.channels\.team\.jobs\[0\].*data/],
    ["conditions: [stal]", /alerts\.channels\.team\.conditions\[0\].*stale/],
    ['quiet: "22-7"', /expected hours of the day such as 22:00-07:00/],
    ["maxPerHour: 0", /expected a whole number from 1 to 1000/],
    ["severity: high", /expected one of warning, critical/],
  ])("that can hold nothing are refused: %s", async (keys, sentence) => {
    await expect(config(keys)).rejects.toThrow(sentence);
  });

  it("have a digest by the stack's zone, which programs that follow alerts take none of", async () => {
    const { digest } = (await config('digest: { schedule: "0 8 * * 1" }')).alerts.channels[0] ?? {};
    expect(digest?.next(Date.parse("2026-11-20T00:00:00Z"))).toBe(Date.parse("2026-11-23T08:00:00Z"));
    const pager = loadYaml(`
jobs: { data: { source: { kind: volume, path: /data } } }
alerts: { channels: { pager: { kind: pagerduty, routingKey: abcdefgh, digest: { schedule: "0 8 * * 1" } } } }`);
    await expect(pager).rejects.toThrow(/alerts\.channels\.pager\.digest.*choose a channel that people read/);
  });
});

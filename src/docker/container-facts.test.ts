import type { ContainerInspectInfo } from "dockerode";
import { expect, it } from "vitest";
import { containerOf } from "./container-facts.ts";

const STARTED = "2026-11-21T12:00:00Z";

function probeOf(health: object | undefined, check: object = {}) {
  const info = {
    ...{ Id: "1", Name: "/app", Image: "i", Mounts: [], NetworkSettings: {}, HostConfig: {} },
    State: { Status: "running", StartedAt: STARTED, Health: health },
    Config: { Labels: {}, Healthcheck: check },
  } as unknown as ContainerInspectInfo;
  const { probe } = containerOf(info);
  return probe && { every: probe.every, after: probe.nextAt - Date.parse(STARTED) };
}

it("tells when the next health check of a container is due, whatever the engine leaves out", () => {
  expect(probeOf(undefined)).toBeUndefined();
  expect(probeOf({ Status: "none", Log: null })).toBeUndefined();
  expect(probeOf({ Status: "starting", Log: null })).toEqual({ every: 30_000, after: 30_000 });
  const log = [{ End: "2026-11-21T12:00:01.5Z" }, { End: "2026-11-21T12:00:12.25+00:00" }];
  expect(probeOf({ Status: "healthy", Log: log }, { Interval: 10e9, StartInterval: 2e9 })).toEqual({
    every: 10_000,
    after: 22_250,
  });
  expect(probeOf({ Status: "starting", Log: [] }, { Interval: 10e9, StartInterval: 2e9 })).toEqual({
    every: 2_000,
    after: 2_000,
  });
});

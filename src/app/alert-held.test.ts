import { expect, it } from "vitest";
import { stackStatus, STATUS_AT } from "../../test/fakes/status-fixture.ts";
import { MINUTE } from "../domain/instant.ts";
import { problemsOf } from "./alert-conditions.ts";

const heldFor = (length: number, services = ["app"]) =>
  problemsOf(stackStatus({ held: { job: "data", since: STATUS_AT - length, services } }));

it("tells of services that are held longer than any capture should need, and of no others", () => {
  expect(heldFor(30 * MINUTE)).toEqual([]);
  expect(problemsOf(stackStatus())).toEqual([]);
  expect(heldFor(31 * MINUTE, ["app", "worker"])).toEqual([
    {
      ...{ condition: "services-held", job: "data", severity: "critical" },
      title: "Services have been held for data for 31 min",
      detail: "app, worker have been paused or stopped for that long: the stack may not be working.",
      next: "See `docker compose ps`; `docker compose unpause` or `docker compose start` with their names lets them run now.",
    },
  ]);
});

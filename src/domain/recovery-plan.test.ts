import { describe, expect, it } from "vitest";
import { HOUR, MINUTE } from "./instant.ts";
import { planRecovery, type PlanFacts, type RecoverableJob } from "./recovery-plan.ts";

const NOW = Date.parse("2026-11-22T12:00:00Z");

function job(name: string, age: number, of: Partial<RecoverableJob> = {}): RecoverableJob {
  return {
    ...{ job: name, kind: "volume", service: undefined, users: [], measured: undefined },
    point: { id: `point-of-${name}`, store: "local", startedAt: NOW - age, sourceBytes: 1000 },
    ...of,
  };
}

const service = (name: string, ...dependsOn: string[]) => ({ service: name, dependsOn, isRunning: true });

/** web needs api, which needs the database; metrics needs nobody. */
const SERVICES = [service("db"), service("api", "db"), service("web", "api"), service("metrics")];

function plan(of: Partial<PlanFacts>) {
  return planRecovery({
    ...{ now: NOW, jobs: [], leftAlone: [], services: SERVICES, isPartial: false, parallel: 2 },
    ...of,
  });
}

const USERS = job("users", HOUR, { kind: "dump", service: "db" });
const UPLOADS = job("uploads", 3 * HOUR, { users: ["api"] });

describe("the plan of a recovery", () => {
  it("restores volumes before dumps, and says what is lost with each and how far apart they are", () => {
    const { restores, spread } = plan({ jobs: [USERS, UPLOADS] });
    expect(restores.map(({ job: name, lost }) => [name, lost])).toEqual([
      ["uploads", 3 * HOUR],
      ["users", HOUR],
    ]);
    expect(spread).toBe(2 * HOUR);
  });

  it("stops everything but the servers that dumps go to, dependents first", () => {
    const { stops, servers } = plan({ jobs: [USERS, UPLOADS] });
    expect(stops).toEqual(["web", "api", "metrics"]);
    expect(servers).toEqual(["db"]);
  });

  it("stops a server, too, whose own volume is restored", () => {
    const volume = job("db_data", HOUR, { users: ["db"] });
    expect(plan({ jobs: [USERS, volume] }).stops).toEqual(["web", "api", "db", "metrics"]);
  });

  it("leaves alone who has nothing to do with the jobs that were chosen", () => {
    expect(plan({ jobs: [UPLOADS], isPartial: true }).stops).toEqual(["web", "api"]);
    expect(plan({ jobs: [USERS], isPartial: true }).stops).toEqual(["web", "api"]);
  });

  it("stops nobody who does not run", () => {
    const services = SERVICES.map((each) => ({ ...each, isRunning: false }));
    expect(plan({ jobs: [UPLOADS], services }).stops).toEqual([]);
  });

  it("expects what was measured, in proportion to the size, side by side for volumes", () => {
    const measured = { ms: 10 * MINUTE, bytes: 500 };
    const jobs = ["a", "b"].map((name) => job(name, HOUR, { measured }));
    const dump = { ...USERS, measured: { ms: MINUTE, bytes: 1000 } };
    expect(plan({ jobs: [...jobs, dump] }).expected).toBe(21 * MINUTE);
    expect(plan({ jobs: [...jobs, dump], parallel: 1 }).expected).toBe(41 * MINUTE);
    expect(plan({ jobs: [...jobs, USERS] }).expected).toBeUndefined();
  });
});

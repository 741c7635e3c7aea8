import { describe, expect, it } from "vitest";
import { planAlerts } from "./alert-plan.ts";
import type { ActiveAlert, Problem } from "./alerts.ts";
import { HOUR } from "./instant.ts";
import { inForce, isSilenced, type Silence } from "./silence.ts";

const problem = (severity: Problem["severity"] = "warning", job = "data"): Problem => ({
  ...{ condition: "disk-low", job, severity, title: "t", detail: "d", next: "n" },
});
const silence = (job: string | undefined, until: number): Silence => ({
  ...{ id: "1", job, since: 0, until, reason: "", actor: "me" },
});

/** Looks one after the other; what was told is `event severity`. */
function watch() {
  let active: ActiveAlert[] = [];
  let ids = 0;
  return (now: number, problems: Problem[], silences: Silence[] = []): string[] => {
    const plan = planAlerts({
      ...{ active, problems, now, repeatEvery: 6 * HOUR, stack: "s", newId: () => String(++ids) },
      isSilenced: (each) => isSilenced(each, inForce(silences, now)),
    });
    active = plan.active;
    return plan.messages.map(({ event, problem: { severity } }) => `${event} ${severity}`);
  };
}

describe("a silence", () => {
  const quiet = [silence("data", 10 * HOUR)];

  it("hides beginnings, and what is still wrong at its end begins then", () => {
    const look = watch();
    expect([look(HOUR, [problem()], quiet), look(10 * HOUR, [problem()], quiet)]).toEqual([
      [],
      ["firing warning"],
    ]);
  });

  it("hides repetitions, but not the end of what was told", () => {
    const look = watch();
    expect(look(0, [problem()])).toEqual(["firing warning"]);
    expect(look(7 * HOUR, [problem()], quiet)).toEqual([]);
    expect(look(8 * HOUR, [], quiet)).toEqual(["resolved warning"]);
  });

  it("that ends while an alert goes on lets one missed repetition through", () => {
    const look = watch();
    look(0, [problem()]);
    look(9 * HOUR, [problem()], quiet);
    expect([look(10 * HOUR, [problem()], quiet), look(11 * HOUR, [problem()], quiet)]).toEqual([
      ["repeated warning"],
      [],
    ]);
  });

  it("of a job hides that job's alerts, of everything also those of stores", () => {
    const ofStore: Problem = { ...problem(), store: "local" };
    delete ofStore.job;
    const hides = (job: string | undefined, about: Problem) => isSilenced(about, [silence(job, 1)]);
    expect([hides("data", problem()), hides("users", problem()), hides("data", ofStore)]).toEqual([
      true,
      false,
      false,
    ]);
    expect([hides(undefined, problem()), hides(undefined, ofStore)]).toEqual([true, true]);
  });
});

describe("an alert that becomes critical", () => {
  it("is told at once, and stays critical until it is over", () => {
    const look = watch();
    const told = [[problem()], [problem("critical")], [problem("critical")], [problem()], []].map(
      (problems, at) => look(at * HOUR, problems),
    );
    expect(told).toEqual([["firing warning"], ["repeated critical"], [], [], ["resolved critical"]]);
  });
});

import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { planAlerts, type AlertPlan } from "./alert-plan.ts";
import { alertKey, CONDITIONS, type ActiveAlert, type AlertMessage, type Problem } from "./alerts.ts";
import { HOUR, MINUTE } from "./instant.ts";

const problem = (condition: Problem["condition"], job = "data", store?: string): Problem => ({
  condition,
  job,
  ...(store === undefined ? {} : { store }),
  severity: "critical",
  title: `${condition} of ${job}`,
  detail: "since a while",
  next: "run `holdfast doctor`",
});
const stale = problem("stale", "data", "local");

/** A daemon that looks again and again; `restart` keeps only what would be on disk. */
function daemon(repeatEvery: number | undefined = 6 * HOUR) {
  let active: ActiveAlert[] = [];
  let ids = 0;
  const told: AlertMessage[] = [];
  return {
    told,
    look: (now: number, problems: Problem[]): AlertPlan => {
      const plan = planAlerts({
        active,
        problems,
        now,
        repeatEvery,
        stack: "shop",
        newId: () => `alert-${ids++}`,
      });
      active = structuredClone(plan.active);
      told.push(...plan.messages);
      return plan;
    },
    restart: (): void => {
      active = JSON.parse(JSON.stringify(active)) as ActiveAlert[];
    },
  };
}
const events = (messages: AlertMessage[]) =>
  messages.map((message) => `${message.event} ${message.at / HOUR}`);

describe("an alert", () => {
  it("is told when its problem begins, and not again while it lasts", () => {
    const { look, told } = daemon();
    for (const minute of [0, 1, 2, 359]) look(minute * MINUTE, [stale]);
    expect(told).toEqual([
      { id: "alert-0", event: "firing", stack: "shop", problem: stale, since: 0, at: 0 },
    ]);
  });

  it("is repeated at the first look at or after each multiple, without drift", () => {
    const { look, told } = daemon();
    for (let minute = 0; minute <= 24 * 60; minute += 7) look(minute * MINUTE, [stale]);
    expect(told.map((message) => message.at / MINUTE)).toEqual([0, 364, 721, 1085]);
  });

  it("is repeated at the very multiple when somebody looks then", () => {
    const { look, told } = daemon();
    for (const hour of [0, 6, 11.99, 12]) look(hour * HOUR, [stale]);
    expect(events(told)).toEqual(["firing 0", "repeated 6", "repeated 12"]);
  });

  it("is repeated once after a long time in which nobody looked, then on time", () => {
    const { look, told } = daemon();
    for (const hour of [0, 50, 50.1, 53.9, 54]) look(hour * HOUR, [stale]);
    expect(events(told)).toEqual(["firing 0", "repeated 50", "repeated 54"]);
  });

  it("is told over once, with the text that it had last", () => {
    const { look, told } = daemon();
    look(0, [stale]);
    look(1 * HOUR, [{ ...stale, detail: "older now" }]);
    look(2 * HOUR, []);
    look(3 * HOUR, []);
    expect(told.slice(1)).toEqual([
      {
        id: "alert-0",
        event: "resolved",
        stack: "shop",
        problem: { ...stale, detail: "older now" },
        since: 0,
        at: 2 * HOUR,
      },
    ]);
  });

  it("that comes back is a new one", () => {
    const { look, told } = daemon();
    look(0, [stale]);
    look(1, []);
    look(2, [stale]);
    expect(told.map(({ id, event }) => `${event} ${id}`)).toEqual([
      "firing alert-0",
      "resolved alert-0",
      "firing alert-1",
    ]);
  });

  it("is one for each job, store and condition", () => {
    const others = [
      stale,
      problem("stale", "data", "offsite"),
      problem("stale", "users", "local"),
      problem("run-failed"),
    ];
    expect(
      daemon()
        .look(0, [...others, ...others])
        .messages.map((message) => message.problem),
    ).toEqual(others);
  });

  it("is not repeated without repeatEvery", () => {
    const { look, told } = daemon(0);
    for (const hour of [0, 100, 1000]) look(hour * HOUR, [stale]);
    expect(events(told)).toEqual(["firing 0"]);
  });

  it("does not fall silent when the clock that began it was years ahead", () => {
    const { look, told } = daemon();
    const corrected = 10 * HOUR;
    look(30_000 * HOUR, [stale]);
    for (const hour of [0, 5.9, 6, 12]) look(corrected + hour * HOUR, [stale]);
    expect(events(told).slice(1)).toEqual(["repeated 16", "repeated 22"]);
  });
});

describe("over any sequence of looks, gaps and restarts", () => {
  const someProblems = fc.subarray(
    CONDITIONS.flatMap((condition) => [problem(condition, "data", "local"), problem(condition, "users")]),
  );
  const steps = fc.array(
    fc.record({
      wait: fc.oneof(fc.integer({ min: 0, max: 3 * HOUR }), fc.integer({ min: -2 * HOUR, max: 100 * HOUR })),
      problems: someProblems,
      restart: fc.boolean(),
    }),
    { maxLength: 40 },
  );

  it("each alert fires first, once, and is resolved once, exactly when its problem has gone", () => {
    fc.assert(
      fc.property(steps, (sequence) => {
        const { look, restart, told } = daemon();
        const open = new Map<string, string>();
        let now = 0;
        for (const { wait, problems, restart: restarted } of sequence) {
          if (restarted) restart();
          now += wait;
          for (const message of look(now, problems).messages) follow(open, message);
          expect([...open.keys()].sort()).toEqual(problems.map(alertKey).sort());
        }
        const firings = told.filter((message) => message.event === "firing").map((message) => message.id);
        expect(new Set(firings).size).toBe(firings.length);
      }),
      { numRuns: 150 },
    );
  });

  it("repeats are never closer than the multiples they stand for", () => {
    fc.assert(
      fc.property(fc.array(fc.integer({ min: 1, max: 20 * HOUR }), { maxLength: 60 }), (waits) => {
        const { look, told } = daemon();
        let now = 0;
        for (const wait of [0, ...waits]) look((now += wait), [stale]);
        const multiples = told.map((message) => Math.floor(message.at / (6 * HOUR)));
        expect(multiples).toEqual([...new Set(multiples)]);
        expect(multiples.at(-1)).toBe(Math.floor(now / (6 * HOUR)));
      }),
      { numRuns: 150 },
    );
  });

  /** Keeps which alerts a receiver believes to be firing; any doubled or unfounded message fails. */
  function follow(open: Map<string, string>, { event, id, problem: about }: AlertMessage): void {
    const key = alertKey(about);
    expect(open.get(key)).toBe(event === "firing" ? undefined : id);
    if (event === "resolved") open.delete(key);
    else open.set(key, id);
  }
});

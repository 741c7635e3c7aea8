import { beforeEach, describe, expect, it } from "vitest";
import { FakeClock } from "../../../test/fakes/fake-clock.ts";
import { gamedayOutcome, type Gameday, type GamedayScenario } from "../../domain/gameday.ts";
import { MINUTE, SECOND } from "../../domain/instant.ts";
import { gamedayJson, gamedayMarkdown } from "./gameday-report.ts";
import { rehearse, type Rehearsal } from "./rehearse.ts";

const { signal } = new AbortController();

describe("a rehearsal", () => {
  let clock: FakeClock;
  let done: string[];
  let told: string[];
  /** What the person types, each after a minute. */
  let answers: string[] | undefined;
  let rehearsal: Rehearsal;

  beforeEach(() => {
    clock = new FakeClock("2026-11-22T09:00:00Z");
    [done, told, answers] = [[], [], []];
    const step = (name: string) => async () => {
      await clock.advance(10 * SECOND);
      done.push(name);
    };
    rehearsal = {
      prepare: step("prepare"),
      strike: async () => (await step("strike")(), { job: "data", services: ["app"] }),
      symptoms: async () => ["app does not answer."],
      recover: step("recover"),
      failures: async () => [],
      toLook: ["docker compose -p shop-gameday ps"],
      remove: step("remove"),
    };
  });

  const rehearsed = (scenario: GamedayScenario = "volume-loss") =>
    rehearse(
      {
        clock,
        tell: (sentence) => void told.push(sentence),
        ask:
          answers &&
          (async () => {
            await clock.advance(MINUTE);
            return answers?.shift();
          }),
      },
      { rehearsal, scenario, sidecar: "backup", signal },
    );
  const gameday = (of: Awaited<ReturnType<typeof rehearsed>>): Gameday => ({
    ...{ id: "g", stack: "shop", scenario: "volume-loss", project: "shop-gameday", actor: "alice", ...of },
    startedAt: Date.parse("2026-11-22T09:00:00Z"),
  });

  it("times people and machine from the damage on, and removes the copy", async () => {
    answers = ["docker compose exec backup holdfast restore data --in-place", ""];
    const result = await rehearsed();
    expect(done).toEqual(["prepare", "strike", "recover", "remove"]);
    expect(result.recoveryMs).toBe(2 * MINUTE + 10 * SECOND);
    expect(result.steps.map(({ by, ms }) => `${by} ${ms ?? "-"}`)).toEqual([
      "machine 10000",
      "machine 10000",
      "person 60000",
      "machine 10000",
      "machine 0",
      "person 60000",
    ]);
    expect(gamedayOutcome(result)).toBe("succeeded");
    expect(told).toContain("app does not answer.");
  });

  it("takes several commands for right, lets somebody try again, and in the end tells", async () => {
    answers = ["docker compose restart", "holdfast restore other", "holdfast recover --yes", ""];
    const found = await rehearsed();
    expect(found.lessons).toEqual([]);
    expect(found.steps[2]?.notes).toHaveLength(3);
    answers = ["?", ""];
    const wasTold = await rehearsed();
    expect(gamedayOutcome(wasTold)).toBe("partial");
    expect(wasTold.lessons[0]).toContain("`docker compose exec backup holdfast restore data --in-place`");
    answers = ["a", "b", "c", "d", "e", "holdfast recover"];
    expect((await rehearsed()).lessons).toHaveLength(1);
  });

  it.each([
    ["container-crash", "docker compose up -d app"],
    ["container-crash", "docker start shop-app-1"],
    ["database-loss", "docker compose exec backup holdfast restore data --in-place --yes"],
    ["stack-loss", "docker compose up --no-start; docker compose run --rm backup recover"],
  ] as const)("of %s takes %s", async (scenario, typed) => {
    answers = [typed, ""];
    expect((await rehearsed(scenario)).lessons).toEqual([]);
  });

  it("fails with what somebody found missing, and with what the machine found", async () => {
    answers = ["holdfast recover", "uploads of today | are gone"];
    const missing = gameday(await rehearsed());
    expect(missing.failures).toEqual(["uploads of today | are gone"]);
    expect(gamedayOutcome(missing)).toBe("failed");
    expect(gamedayMarkdown(missing)).toContain("- uploads of today \\| are gone");
    expect(gamedayJson(missing)).toMatchObject({ outcome: "failed", recoveryMs: 130_000 });
    rehearsal.failures = async () => ["app is not healthy"];
    answers = ["holdfast recover"];
    expect((await rehearsed()).failures).toEqual(["app is not healthy"]);
  });

  it("without anybody there times the machine alone, and says so", async () => {
    answers = undefined;
    const alone = await rehearsed();
    expect(alone.recoveryMs).toBe(10 * SECOND);
    const text = gamedayMarkdown(gameday(alone));
    expect(text).toContain("Nobody was there: what people take is not in it.");
    expect(text).toContain("| people | find out what to do | not timed |");
  });

  it.each(["prepare", "strike", "recover"] as const)("that cannot %s removes the copy", async (name) => {
    Object.assign(rehearsal, { [name]: () => Promise.reject(new Error("no space left")) });
    answers = ["holdfast recover"];
    await expect(rehearsed()).rejects.toThrow("no space left");
    expect(done.at(-1)).toBe("remove");
  });

  it("says so when the copy stays", async () => {
    rehearsal.remove = () => Promise.reject(new Error("the engine is gone"));
    answers = ["holdfast recover", ""];
    expect((await rehearsed()).lessons).toEqual(["The copy is still there: the engine is gone"]);
  });
});

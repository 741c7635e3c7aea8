import { describe, expect, it } from "vitest";
import { FakeClock } from "../../test/fakes/fake-clock.ts";
import { watchConfig } from "./config-watch.ts";
import type { StackFacts } from "./stack-facts.ts";

const NONE: StackFacts = { project: "shop", labels: [], volumes: ["shop_data"], trouble: undefined };
const SOME: StackFacts = {
  ...NONE,
  labels: [{ service: "app", name: "holdfast.defaults.timeout", value: "1h" }],
};

function watching(options: { texts?: string[]; answers?: StackFacts[]; known?: StackFacts }) {
  const { texts = ["before"], answers = [NONE], known = NONE } = options;
  const clock = new FakeClock(0);
  const loaded = { text: "before", facts: known };
  let last = loaded;
  const stop = new AbortController();
  const seen = { changes: 0, asked: 0, followed: [] as string[] };
  const nextOf = <T>(list: T[]): T => (list.length > 1 ? list.shift() : list[0]) as T;
  const ended = watchConfig(
    {
      clock,
      loaded: () => loaded,
      read: async () => (last = { ...last, text: nextOf(texts) }).text,
      ask: async () => {
        seen.asked++;
        return (last = { ...last, facts: nextOf(answers) }).facts;
      },
      follow: async (project, _onChange, signal) => {
        seen.followed.push(project);
        await new Promise<void>((resolve) => signal.addEventListener("abort", () => resolve()));
      },
      onBlind: () => undefined,
      onChange: () => {
        seen.changes++;
        Object.assign(loaded, last);
      },
    },
    stop.signal,
  );
  const end = async () => {
    stop.abort();
    await ended;
    return seen;
  };
  return { clock, seen, end };
}

describe("a config that is watched", () => {
  it("has changed when its file says another thing twice", async () => {
    const { clock, end } = watching({ texts: ["before", "half", "whole", "whole", "whole"] });
    for (let second = 0; second < 20; second++) await clock.advance(1000);
    expect((await end()).changes).toBe(1);
  });

  it("has not when the file is what it was", async () => {
    const { clock, end } = watching({});
    for (let second = 0; second < 20; second++) await clock.advance(1000);
    expect((await end()).changes).toBe(0);
  });

  it("has changed when services have other labels, not when the engine has nothing to say", async () => {
    const silent: StackFacts = {
      project: undefined,
      labels: [],
      volumes: undefined,
      trouble: new Error("gone"),
    };
    const { clock, end } = watching({ answers: [silent, SOME, SOME] });
    for (let second = 0; second < 200; second++) await clock.advance(1000);
    expect(await end()).toMatchObject({ changes: 1, followed: ["shop"] });
  });

  it("has changed when the stack has another volume, not when nothing is known of its volumes", async () => {
    const more = { ...NONE, volumes: ["shop_data", "shop_new"] };
    const { clock, end } = watching({ answers: [{ ...NONE, volumes: undefined }, NONE, more, more] });
    for (let second = 0; second < 300; second++) await clock.advance(1000);
    expect((await end()).changes).toBe(1);
  });

  it("is not asked for of an engine that has no socket", async () => {
    const { clock, end } = watching({ known: { ...NONE, trouble: "absent" } });
    for (let second = 0; second < 200; second++) await clock.advance(1000);
    expect((await end()).asked).toBe(0);
  });
});

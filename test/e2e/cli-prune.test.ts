import { describe, expect, it } from "vitest";

import { storedState } from "../torture/stored-state.ts";
import { testStack } from "./test-stack.ts";

const FULLS = { full: "always" };
const policy = (retention: object) => ({ jobs: { data: { retention, ...FULLS } } });

describe("prune", () => {
  it("says what would go without changing anything, then removes exactly that, and never what is pinned", async () => {
    const stack = testStack();
    const points = [];
    for (const version of ["1", "2", "3", "4"]) {
      stack.write({ version });
      points.push(await stack.backUp());
    }
    const [oldest = "", second = "", third = "", newest = ""] = points;
    await stack.done("pin", oldest);
    stack.configure(policy({ last: 1 }));
    const before = storedState(stack.store());

    const dry = await stack.done("prune", "data", "--dry-run");
    expect(storedState(stack.store())).toEqual(before);
    expect(dry.stdout).toContain("Job data, store local: 2 of 4 points would go.");
    for (const id of [second, third]) expect(dry.stdout).toMatch(new RegExp(`${id} .* remove `));
    expect(dry.stdout).toMatch(new RegExp(`${oldest} .* keep +pinned`));

    const { stdout } = await stack.done("prune", "data");
    expect(stdout).toContain("Job data, store local: 2 of 4 points went.");
    expect(await stack.points()).toEqual([newest, oldest]);

    await stack.done("unpin", oldest);
    await stack.done("prune", "data");
    expect(await stack.points()).toEqual([newest]);
    await stack.done("prune", "data");
    expect(await stack.points()).toEqual([newest]);
  });

  it("keeps everything under an empty policy", async () => {
    const stack = testStack();
    stack.write({ file: "content" });
    const points = [await stack.backUp(), await stack.backUp(), await stack.backUp()];
    await stack.done("prune", "data");
    expect(await stack.points()).toEqual(points.toReversed());
  });

  it("touches no other job's points and no other stack's, whatever their names begin with", async () => {
    const stack = testStack({ jobs: { data: FULLS, "data-2": FULLS } });
    stack.write({ file: "one" });
    stack.write({ file: "two" }, "data-2");
    const others = [await stack.backUp("data-2"), await stack.backUp("data-2")];
    await stack.backUp();
    const newest = await stack.backUp();
    stack.configure({
      jobs: { data: { ...FULLS, retention: { last: 1 } }, "data-2": { ...FULLS, retention: { last: 1 } } },
    });
    await stack.done("prune", "data");
    expect((await stack.points()).sort()).toEqual([...others, newest].sort());

    stack.configure({ stack: "test-2", ...policy({ last: 1 }) });
    await stack.backUp();
    await stack.backUp();
    expect(await stack.points()).toHaveLength(1);
    stack.configure({ jobs: { data: {}, "data-2": {} } });
    expect((await stack.points()).sort()).toEqual([...others, newest].sort());
  });
});

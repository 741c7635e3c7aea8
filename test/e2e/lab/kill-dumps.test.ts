/** Dumps whose server, tool or sidecar is killed: a few here, many by `npm run torture -- --dumps N`. */
import { afterAll, beforeAll, expect, it } from "vitest";
import { DumpStack } from "../../torture/dumps/dump-stack.ts";
import { shootDumps } from "../../torture/dumps/torture-dumps.ts";
import { describeInLab } from "./in-lab.ts";

/** One of each: the server, the tool, the sidecar. */
const KILLS = 3;
const LIMIT_MS = 600_000;

describeInLab("a dump of which something is killed", (lab) => {
  const stack = new DumpStack(lab, "postgres");

  beforeAll(() => stack.up());

  afterAll(() => stack.remove());

  it(
    "is never listed as a point unless it is whole",
    async () => {
      const seed = Number(process.env["HOLDFAST_TEST_SEED"] ?? 1);
      const lines: string[] = [];
      const survived = await shootDumps(stack, {
        kills: KILLS,
        seed,
        print: (line) => void lines.push(line),
      });
      expect(lines).toHaveLength(KILLS);
      expect(survived).toBeLessThanOrEqual(KILLS);
    },
    LIMIT_MS,
  );
});

import { afterAll, beforeAll, expect, it } from "vitest";
import { randomFrom } from "../../torture/moments.ts";
import { measureRun, shoot } from "../../torture/interventions/shoot.ts";
import { ShotStack, type Mode } from "../../torture/interventions/shot-stack.ts";
import { describeInLab } from "./in-lab.ts";

/** `npm run torture -- --interventions N` does many more, and restarts the engine. */
const RESCUERS = ["guard", "restarted sidecar"] as const;

describeInLab("a sidecar that is killed while it holds services", (lab) => {
  const socket = lab.host.replace("unix://", "");
  const stack = new ShotStack({ env: lab.env, image: lab.image, socket });
  const random = randomFrom(Number(process.env["HOLDFAST_TEST_SEED"] ?? 1));

  beforeAll(() => stack.up());

  afterAll(() => stack.remove());

  it.each(["pause", "stop"] as Mode[])(
    "leaves none of them down by %s, whoever ends it, and starts none",
    async (mode) => {
      const took = await measureRun(stack, mode);
      for (const rescuer of RESCUERS) {
        const afterMs = (0.3 + 0.7 * random()) * took;
        const hit = await shoot(stack, { mode, rescuer, afterMs, recreatesService: false });
        expect(hit.releasedAfterMs).toBeGreaterThan(0);
      }
    },
  );
});

import { describe, expect, it } from "vitest";
import { bodyOf, keysOf, textOf } from "../../test/contract/bytes.ts";
import { FakeClock } from "../../test/fakes/fake-clock.ts";
import { putPoint } from "../../test/fakes/points.ts";
import { isVerified, type Proof } from "../domain/recovery-point.ts";
import { MemoryStore } from "../stores/memory/memory-store.ts";
import { Catalog } from "./catalog.ts";
import { writeProof } from "./point-objects.ts";

async function setUp(outcome: Proof["outcome"]) {
  const store = new MemoryStore({ name: "local", clock: new FakeClock() });
  const record = await putPoint(store, "2026-11-20T03:00:00Z");
  const problems = outcome === "failed" ? ["a is damaged"] : [];
  const at = "2026-11-20T05:00:00.000Z";
  await writeProof(store, record, {
    format: 1,
    operation: "verify",
    point: record.id,
    at,
    outcome,
    problems,
  });
  const [key = ""] = (await keysOf(store)).filter((each) => each.includes("/proofs/"));
  const bytes = Buffer.from(await textOf(store.get(key)));
  /** What the catalog makes of the proof with this bit flipped. */
  const withFlip = async (bit: number) => {
    const flipped = Buffer.from(bytes);
    flipped[bit >> 3] = (flipped[bit >> 3] ?? 0) ^ (1 << (bit & 7));
    await store.put(key, bodyOf(flipped), { replace: true });
    return new Catalog().listPoints(store, { stack: "stack" });
  };
  return { at, bits: bytes.length * 8, withFlip };
}

describe("a proof of which a bit was flipped", () => {
  it("never makes a point look verified that failed, whichever bit it is", async () => {
    const { bits, withFlip } = await setUp("failed");
    for (let bit = 0; bit < bits; bit++) {
      const { points } = await withFlip(bit);
      expect(points.map(isVerified), `bit ${bit}`).toEqual([false]);
    }
  });

  it("never makes a verify look newer or older than it was", async () => {
    const { at, bits, withFlip } = await setUp("passed");
    for (let bit = 0; bit < bits; bit++) {
      const { points, problems } = await withFlip(bit);
      const proof = points[0]?.lastProof;
      if (proof?.outcome === "passed") expect(proof.at, `bit ${bit}`).toBe(at);
      else expect(problems, `bit ${bit}`).toMatchObject([{ kind: "proof-unreadable" }]);
    }
  });
});

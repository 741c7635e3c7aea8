/** What every journal of interventions must do. */
import { describe, expect, it } from "vitest";
import type {
  Intervention,
  InterventionJournal,
  SettleRequest,
} from "../../src/ports/intervention-journal.ts";

export function describeInterventionJournalContract(name: string, make: () => InterventionJournal): void {
  describe(`the contract of an intervention journal, kept by ${name}`, () => {
    it("has none at first", async () => {
      expect(await make().current()).toBeUndefined();
    });

    it("gives back what was begun, as it was last written, until it has ended", async () => {
      const journal = make();
      const begun = intervention("a");
      expect(await journal.begin(begun)).toBeUndefined();
      expect(await journal.current()).toEqual(begun);
      const updated = { ...begun, held: begun.held.map((one) => ({ ...one, stopAsked: true })) };
      await journal.update(updated);
      expect(await journal.current()).toEqual(updated);
      await journal.end("a");
      await journal.end("a");
      expect(await journal.current()).toBeUndefined();
    });

    it("lets nobody begin while one is open, and only its own id change or end it", async () => {
      const journal = make();
      const first = intervention("a");
      await journal.begin(first);
      expect(await journal.begin(intervention("b"))).toEqual(first);
      await journal.update({ ...intervention("b"), job: "other" });
      await journal.end("b");
      expect(await journal.current()).toEqual(first);
    });

    it("lets exactly one of many begin", async () => {
      const journal = make();
      const ids = ["a", "b", "c", "d", "e", "f"];
      const open = await Promise.all(ids.map((id) => journal.begin(intervention(id))));
      expect(open.filter((other) => other === undefined)).toHaveLength(1);
    });
  });
}

const SETTLE: SettleRequest = {
  ...{ name: "settle", image: "image", command: ["holdfast", "settle"], labels: { job: "data" } },
  mounts: [{ kind: "volume", source: "app_data", destination: "/source/data", writable: true }],
  capabilities: ["CHOWN"],
};

function intervention(id: string): Intervention {
  return {
    ...{
      id,
      job: "data",
      mode: "stop",
      graceSeconds: 10,
      startedAt: 1_000,
      deadline: 2_000,
      guard: undefined,
      worker: { container: "restore", settle: SETTLE },
    },
    owner: {
      process: { host: "h", bootId: "b", pidNamespace: "n", container: "c", pid: 1, startTime: "2" },
      container: { id: "c".repeat(64), startedAt: undefined },
    },
    held: [
      {
        ...{ id: "d".repeat(64), name: "stack-app-1", project: "stack", service: "app", number: 1 },
        ...{ startedAt: 500, stopAsked: false },
      },
    ],
  };
}

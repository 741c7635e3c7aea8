import { describe, expect, it } from "vitest";
import { testJob } from "../../test/fakes/app-workshop.ts";
import { catalogPoint, STATUS_AT } from "../../test/fakes/status-fixture.ts";
import { DAY } from "../domain/instant.ts";
import type { CatalogPoint } from "../domain/recovery-point.ts";
import { explainRetention } from "./explain-retention.ts";

const inStore = (store: string, days: number): CatalogPoint[] =>
  Array.from({ length: days }, (_, at) => catalogPoint(STATUS_AT - at * DAY, { store }));

function explained(changes: Parameters<typeof testJob>[0]) {
  const points = [...inStore("local", 4), ...inStore("offsite", 2)];
  const [first] = points;
  if (first === undefined) throw new Error("there are points");
  const job = testJob({ name: first.job, stores: ["local", "offsite"], retention: { last: 2 }, ...changes });
  const decisions = explainRetention(job, {
    ...{ points, problems: [], now: STATUS_AT },
    stack: first.record.stack,
  });
  return [...decisions].map(
    ([store, all]) => `${store} ${all.map(({ action, reasons }) => `${action} ${reasons[0]}`).join(", ")}`,
  );
}

describe("what keeps a point", () => {
  it("is said of each store by itself, and what goes as well", () => {
    const [local, offsite] = explained({ keepFor: { offsite: { last: 1 } } });
    expect(local).toMatch(/^local keep .*, keep .*, remove .*, remove /);
    expect(offsite).toMatch(/^offsite keep .*, remove /);
  });

  it("is somebody else where somebody else prunes", () => {
    expect(explained({ prunedElsewhere: ["offsite"] })[1]).toBe(
      "offsite keep pruned by another Holdfast, keep pruned by another Holdfast",
    );
    expect(explained({ isObserved: true })[0]).toContain("keep made and removed by somebody else");
  });
});

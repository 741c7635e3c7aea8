/** What the page says of points and stores that cannot be trusted or are not known. */
import { describe, expect, it } from "vitest";
import {
  jobStatus,
  jobStoreStatus,
  notKnown,
  stackStatus,
  STATUS_AT,
  storeStatus,
} from "../../../test/fakes/status-fixture.ts";
import type { StackStatus } from "../../app/read-status.ts";
import { statusPage } from "./status-page.ts";

function textOf(status: Partial<StackStatus>): string {
  return statusPage(stackStatus(status))
    .replace(/<style>.*<\/style>/s, "")
    .replace(/<[^>]*>/g, " ")
    .replace(/\s+/g, " ");
}

describe("the status page", () => {
  it("says that it is starting, not that there is no backup, before the stores were looked at", () => {
    const text = textOf({
      jobs: [jobStatus({ freshness: "unknown", stores: [notKnown()], rpo: undefined })],
      stores: [storeStatus({ up: undefined, checkedAt: undefined, freeBytes: undefined })],
    });
    expect(text).toContain("Starting: the stores have not been looked at yet");
    expect(text).toContain("? not known store local has not been looked at yet");
    expect(text).toContain("… not looked at yet");
    expect(text).not.toMatch(/no backup|unreachable|without any/);
  });

  it("says of a store that does not answer that what it holds is not known, and why", () => {
    const text = textOf({
      jobs: [jobStatus({ freshness: "unknown", stores: [notKnown()] })],
      stores: [storeStatus({ up: false, error: "No answer." })],
    });
    expect(text).toContain("1 of 1 job is not fresh: 1 not known");
    expect(text).toContain("? not known store local does not answer: No answer. – –");
  });

  it("marks damaged points", () => {
    const damaged = [{ id: "p", startedAt: STATUS_AT, foundAt: STATUS_AT, problem: undefined }];
    expect(textOf({ jobs: [jobStatus({ stores: [jobStoreStatus({ damaged })] })] })).toContain(
      "1 point is damaged",
    );
    expect(textOf({})).not.toContain("damaged");
  });

  it("lists points that cannot be used, a few of many", () => {
    const problem = { job: "data", store: "local", kind: "damaged" } as const;
    const problems = Array.from({ length: 25 }, (_, at) => ({
      ...problem,
      id: `id-${at}`,
      message: `Reading ${at} failed: no <JSON>.`,
    }));
    const text = textOf({ problems });
    expect(text).toContain(
      "Points that cannot be used data/id-0 in local Reading 0 failed: no &lt;JSON&gt;.",
    );
    expect(text).toContain("And 5 more points.");
    expect(textOf({})).not.toContain("cannot be used");
  });

  it("says of a fresh point that holds only what is recent that it is partial by design", () => {
    const inStore = jobStoreStatus();
    const newest = inStore.newest && { ...inStore.newest, modifiedWithinSeconds: 30 * 24 * 3600 };
    expect(textOf({ jobs: [jobStatus({ stores: [{ ...inStore, newest }] })] })).toContain(
      "✓ fresh 9 h ago partial by design: only files modified within 30 d",
    );
    expect(textOf({})).not.toContain("partial by design");
  });

  it("shows what would be lost now and how long a restore takes", () => {
    expect(textOf({})).toContain("9 h / 5 min");
    expect(textOf({ jobs: [jobStatus({ rpo: undefined, rto: undefined })] })).toContain("– / –");
  });
});

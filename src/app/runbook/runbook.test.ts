import { describe, expect, it } from "vitest";
import { runbookFactsOf } from "../../../test/fakes/runbook-facts.ts";
import { stackStatus } from "../../../test/fakes/status-fixture.ts";
import { keptPartsOf } from "./kept-parts.ts";
import { withoutMeasured } from "./measured.ts";
import { runbook } from "./runbook.ts";

describe("a runbook", () => {
  it("says what is backed up, where, and what is not", () => {
    const text = runbook(runbookFactsOf(), {});
    expect(text).toContain("| users | postgres in service db | db | local, offsite | keep 14 daily |");
    expect(text).toContain("**Not backed up, and lost for good when they are lost:**\n\n- grafana\\_data");
    expect(text).toContain("| offsite | gcs | gs://acme/shop | no |");
    expect(text).toContain("Every job has a store that is not on this machine.");
  });

  it("says what was promised, and what was measured and when", () => {
    const text = runbook(runbookFactsOf(), {});
    expect(text).toContain("| data | `0 3 * * *` (UTC) | 1 d 2 h |");
    expect(text).toMatch(
      /\| data \| 9 h \| 20261120T030000Z-7f3a \(2026-11-20T03:00Z\) \| 5 min \| 2026-11-19 \| 2026-11-\d\d \|/,
    );
  });

  it("has a way out of everything that is to be feared", () => {
    const titles = [...runbook(runbookFactsOf(), {}).matchAll(/^### (.*)$/gm)].map(([, title]) => title);
    for (const fear of [
      /container crashes/,
      /wrong image/,
      /Files in a volume/,
      /database is damaged/,
      /down -v/,
      /disk of the machine/,
      /^The machine is lost/,
      /network is gone/,
      /bucket/,
      /Credentials have leaked/,
      /Ransomware/,
    ])
      expect(titles.filter((title) => fear.test(title ?? ""))).toHaveLength(1);
  });

  it("leaves out what the stack has not", () => {
    const text = runbook(runbookFactsOf({ jobs: [], hasDisks: false, encryption: undefined }), {});
    expect(text).toContain("**Nothing is backed up");
    expect(text).not.toMatch(/gce runbook|identity-new|A database is damaged/);
  });

  it("says plainly where a loss would be total", () => {
    const [here] = runbookFactsOf().stores;
    if (here === undefined) throw new Error("there is a store");
    const text = runbook(runbookFactsOf({ stores: [here] }), {});
    expect(text).toContain("**There is one store only: with it, every point is lost.**");
    expect(text).toContain("**Only on this machine, and lost with it: data, users, cache, sql, disk.**");
    expect(text).toContain("**No store is append-only");
    expect(text).toContain("**No store is away from this machine");
  });

  it("keeps what people wrote into it, and takes nothing else from the former one", () => {
    const first = runbook(runbookFactsOf(), {});
    const edited = first
      .replace("(name) | first on call | (phone)", "Ada | first on call | +420 1")
      .replace(
        "What else somebody should know",
        "The key of the server room is with Bob.\n\n## Not a heading\n",
      )
      .replace("### A container crashes", "### Whatever");
    const second = runbook(runbookFactsOf(), keptPartsOf(edited));
    expect(second).toContain("| Ada | first on call | +420 1 | always |");
    expect(second).toContain("The key of the server room is with Bob.");
    expect(second).toContain("### A container crashes");
    expect(runbook(runbookFactsOf(), keptPartsOf(second))).toBe(second);
    expect(keptPartsOf(edited.replaceAll("\n", "\r\n"))).toEqual(keptPartsOf(edited));
    expect(() => keptPartsOf(edited.replaceAll("<!-- end of keep -->", ""))).toThrow("has no end");
  });

  it("is out of date when anything but a measured number is another", () => {
    const facts = runbookFactsOf();
    const now = withoutMeasured(runbook(facts, {}));
    const later = stackStatus({ ...facts.status, at: facts.status.at + 1e9, version: "9" });
    expect(withoutMeasured(runbook({ ...facts, status: later }, {}))).toBe(now);
    expect(withoutMeasured(runbook(runbookFactsOf({ channels: [] }), {}))).not.toBe(now);
  });

  it("cannot be broken by a name", () => {
    const evil = "`a|b`\n<script>$(rm -rf /)'";
    const [job] = runbookFactsOf().jobs;
    if (job === undefined) throw new Error("there is a job");
    const text = runbook(runbookFactsOf({ jobs: [{ ...job, name: evil, what: evil }] }), {});
    expect(text).not.toMatch(/[^\\]<script>.*\|/);
    expect(text).toContain(`holdfast list '\`a|b\` <script>$(rm -rf /)'\\'''`);
  });
});

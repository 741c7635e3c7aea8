import { describe, expect, it } from "vitest";
import { jobStatus, stackStatus, STATUS_AT } from "../../../test/fakes/status-fixture.ts";
import { HOUR } from "../../domain/instant.ts";
import type { Silence } from "../../domain/silence.ts";
import { statusPage } from "./status-page.ts";

const silence = (of: Partial<Silence>): Silence => ({
  ...{
    id: "s",
    job: undefined,
    since: STATUS_AT - HOUR,
    until: STATUS_AT + 2 * HOUR,
    reason: "",
    actor: "me",
  },
  ...of,
});

function pageWith(...silences: Silence[]): string {
  return statusPage(stackStatus({ silences })).replace(/<style>.*<\/style>/s, "");
}

function textOf(page: string): string {
  return page.replace(/<[^>]*>/g, " ").replace(/\s+/g, " ");
}

describe("silences on the status page", () => {
  it("stand below the verdict, with what they are for and when they end, those of everything first", () => {
    const text = textOf(pageWith(silence({ job: "data", reason: "moving the disk" }), silence({})));
    expect(text).toMatch(
      /Backups of analytics All alerts are silenced for 2 h, until 2026-11-20 14:00:00 UTC Alerts of data are silenced for 2 h, until 2026-11-20 14:00:00 UTC : moving the disk/,
    );
    expect(textOf(pageWith())).not.toContain("silence");
  });

  it("are counted where there are many", () => {
    const many = Array.from({ length: 9 }, (_, at) => silence({ id: `${at}`, job: `job-${at}` }));
    const text = textOf(pageWith(...many, silence({})));
    expect(text.match(/silenced for/g)).toHaveLength(5);
    expect(text).toContain("All alerts are silenced");
    expect(text).toContain("And 5 more silences: holdfast silence list .");
  });

  it("cannot bring markup along", () => {
    const evil = `<img src=x onerror=alert(1)>`;
    const page = pageWith(silence({ job: evil, reason: evil }));
    expect(page).not.toContain("<img");
    expect(page.match(/&lt;img src=x/g)).toHaveLength(2);
  });

  it("leave the verdict as it is", () => {
    const status = stackStatus({ jobs: [jobStatus()], silences: [silence({ job: "data" })] });
    expect(/<h1>(.*?)<\/h1>/s.exec(statusPage(status))?.[1]).toBe("The one job is fresh");
  });
});

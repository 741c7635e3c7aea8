/** docs/http-api.md shows the very shape that the API answers with. */
import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { pointJson, statusJson } from "../src/web/status-json.ts";
import { catalogPoint, jobStatus, stackStatus, STATUS_AT } from "./fakes/status-fixture.ts";
import { testServer } from "./fakes/web-server.ts";

const DOCS = readFileSync(new URL("../docs/http-api.md", import.meta.url), "utf8");

/** Paths of all keys, lists taken for their first item. */
function keysOf(value: unknown, path = ""): string[] {
  if (Array.isArray(value)) return value.length === 0 ? [] : keysOf(value[0], `${path}[]`);
  if (typeof value !== "object" || value === null) return [];
  return Object.entries(value).flatMap(([key, item]) => [
    `${path}.${key}`,
    ...keysOf(item, `${path}.${key}`),
  ]);
}

function example(firstKey: string): unknown {
  const blocks = [...DOCS.matchAll(/^```json\n(.*?)^```$/gms)].map(
    ([, text = ""]) => JSON.parse(text) as object,
  );
  return blocks.find((block) => firstKey in block);
}

describe("the documentation of the HTTP interface", () => {
  it("shows every field of the status, and no other", () => {
    const problem = { condition: "stale", job: "data", store: "offsite", severity: "critical" } as const;
    const status = stackStatus({
      jobs: [jobStatus()],
      problems: [{ job: "data", store: "local", id: "20261110T020000Z-7f3a", kind: "damaged", message: "" }],
      silences: [{ id: "1", job: "data", since: 0, until: 1, reason: "", actor: "" }],
      alerts: [{ problem: { ...problem, title: "", detail: "", next: "" }, since: STATUS_AT }],
    });
    expect(keysOf(example("alerts")).sort()).toEqual(keysOf(statusJson(status)).sort());
  });

  it("shows every field of a point, and no other", () => {
    const documented = { job: "data", points: [pointJson(catalogPoint(STATUS_AT))] };
    expect(keysOf(example("points")).sort()).toEqual(keysOf(documented).sort());
  });

  it("lists addresses that answer, each with the method it says", async () => {
    const { url } = await testServer();
    const rows = [...DOCS.matchAll(/^\| `(GET|POST) (\S+)` \|/gm)];
    expect(rows.length).toBe(7);
    for (const [, method = "", path = ""] of rows) {
      const { status } = await fetch(url + path.replace("<job>", "data"), { method });
      expect(`${path} ${status}`).toBe(`${path} ${method === "GET" ? 200 : 403}`);
    }
  });
});

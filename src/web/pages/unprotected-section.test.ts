import { expect, it } from "vitest";
import { stackStatus } from "../../../test/fakes/status-fixture.ts";
import { statusPage } from "./status-page.ts";

const page = (unprotectedVolumes: readonly string[] | undefined) =>
  statusPage(stackStatus({ unprotectedVolumes }));

it("the status page names the volumes that no job backs up", () => {
  expect(page(["cache", "up<loads"])).toMatch(/Volumes that no job backs up.*cache.*up&lt;loads/s);
});

it("the status page says nothing of volumes where all are backed up, or nobody can tell", () => {
  for (const none of [[], undefined]) expect(page(none)).not.toContain("Volumes that no job backs up");
});

it("the status page names twenty volumes, and counts the rest", () => {
  const many = Array.from({ length: 23 }, (_, index) => `volume-${index}`);
  expect(page(many)).toContain("And 3 more volumes.");
  expect(page(many)).not.toContain("volume-20");
});

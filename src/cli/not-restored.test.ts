import { expect, it } from "vitest";
import { notRestored } from "./not-restored.ts";

it("takes a container that was killed for one of which nobody knows how far it came", () => {
  expect(notRestored("data", 137, "42 files")).toMatchObject({ code: "runtime" });
  expect(notRestored("data", 137, "").message).toContain("exit code 137: it was killed");
});

it("tells what a container said that ended by itself, which has put everything back", () => {
  const { code, message } = notRestored("data", 1, "holdfast: Restoring job data failed: no; do.");
  expect([code, message]).toEqual(["source", "Restoring job data failed: no; do."]);
});

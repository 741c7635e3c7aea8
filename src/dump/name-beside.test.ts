import { expect, it } from "vitest";
import { BESIDE, isBeside, nameBeside, ownerMark } from "./name-beside.ts";

const owner = ownerMark({ project: "shop", job: "users" });
const other = ownerMark({ project: "shop", job: "orders" });

it("names what is beside so that its job knows it again, and no other job takes it for its own", () => {
  const name = nameBeside("Žluťoučký kůň with a name that is very long indeed", "new", owner);
  expect(name).toMatch(new RegExp(BESIDE));
  expect(name.length).toBeLessThanOrEqual(63);
  expect(isBeside(name, "new", owner)).toBe(true);
  expect(isBeside(name, "old", owner)).toBe(false);
  expect(isBeside(name, "new", other)).toBe(false);
});

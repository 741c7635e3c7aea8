import fc from "fast-check";
import { expect, it } from "vitest";

import { carryOut, chainCase } from "./chains/chain-case.ts";

const CASES = 6;

it("restores every listed point as it was captured, whatever happened to tree, state and stores (a sample: npm run torture -- --chains N)", async () => {
  let restores = 0;
  const property = fc.asyncProperty(chainCase, async (chain) => {
    restores += (await carryOut(chain)).restores;
  });
  await fc.assert(property, { numRuns: CASES });
  expect(restores).toBeGreaterThan(CASES / 2);
}, 120_000);

/** A provider over a fake Compute Engine that ends with the test, which then must have seen nothing against the book. */
import { expect, onTestFinished } from "vitest";
import { SlippingClock } from "../slipping-clock.ts";
import { providerOver, startCompute, type GceSetUp } from "./stand-in.ts";

export { REGION, ZONE } from "./stand-in.ts";

export async function gceProvider(setUp: GceSetUp = {}) {
  const clock = new SlippingClock();
  const compute = await startCompute(clock);
  onTestFinished(async () => {
    await compute.close();
    expect(compute.violations).toEqual([]);
  });
  return { compute, clock, provider: providerOver(compute, clock, setUp) };
}

/** What every provider of snapshots must do, whatever cloud it speaks to. An adapter's own test calls this first. */
import { afterEach, beforeEach, describe } from "vitest";
import { describeCloudDisks, describeSchedules } from "./cloud-disks-contract.ts";
import type { MadeProvider } from "./made-provider.ts";
import { describePointSnapshots } from "./point-snapshots-contract.ts";

export function describeSnapshotProviderContract(
  name: string,
  makeProvider: () => Promise<MadeProvider>,
): void {
  describe(`the contract of snapshot providers, kept by ${name}`, () => {
    let made: MadeProvider | undefined;

    beforeEach(async () => {
      made = await makeProvider();
    });

    afterEach(async () => {
      await made?.cleanUp?.();
      made = undefined;
    });

    const current = () => {
      if (made === undefined) throw new Error("no provider was made");
      return made;
    };
    describePointSnapshots(current);
    describeCloudDisks(current);
    describeSchedules(current);
  });
}

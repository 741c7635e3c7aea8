/** What every kind of store must do, whatever it is made of. An adapter's own test calls this first. */
import { afterEach, beforeEach, describe } from "vitest";
import type { Store } from "../../src/ports/store.ts";
import { describeDeleting } from "./store-deleting.ts";
import { describeListing } from "./store-listing.ts";
import { describeReading } from "./store-reading.ts";
import { describeWriting } from "./store-writing.ts";

export interface MadeStore {
  /** Empty. */
  store: Store;
  cleanUp?: () => Promise<void>;
}

export interface StoreContractOptions {
  /** How many objects are many: fewer where a server takes its time. */
  many?: number;
}

export function describeStoreContract(
  name: string,
  makeStore: () => Promise<MadeStore>,
  { many = 1000 }: StoreContractOptions = {},
): void {
  describe(`the store contract, kept by ${name}`, () => {
    let made: MadeStore | undefined;

    beforeEach(async () => {
      made = await makeStore();
    });

    afterEach(async () => {
      await made?.cleanUp?.();
      made = undefined;
    });

    const store = () => {
      if (made === undefined) throw new Error("no store was made");
      return made.store;
    };
    describeWriting(store);
    describeReading(store);
    describeListing(store, many);
    describeDeleting(store);
  });
}

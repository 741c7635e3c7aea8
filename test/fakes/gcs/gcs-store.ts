/** A store over a fake Cloud Storage that ends with the test, which then must have seen nothing against the book. */
import { expect, onTestFinished } from "vitest";
import { GcsStore, type GcsStoreSurroundings } from "../../../src/stores/gcs/gcs-store.ts";
import type { GcsStoreOptions } from "../../../src/stores/gcs/options.ts";
import { HastyClock } from "../hasty-clock.ts";
import { FakeGcs } from "./fake-gcs.ts";

/** The smallest that the protocol allows, so that little content is many blocks. */
const BLOCK_BYTES = 256 * 1024;

export interface GcsSetUp {
  options?: Partial<GcsStoreOptions>;
  around?: Partial<GcsStoreSurroundings>;
}

export async function gcsStore({ options = {}, around = {} }: GcsSetUp = {}) {
  const gcs = await FakeGcs.start();
  onTestFinished(async () => {
    await gcs.close();
    expect(gcs.violations).toEqual([]);
  });
  const clock = new HastyClock();
  return { gcs, clock, store: storeOver(gcs, { options, around: { clock, ...around } }) };
}

export function storeOver(gcs: FakeGcs, { options = {}, around = {} }: GcsSetUp = {}): GcsStore {
  return new GcsStore(
    { bucket: gcs.bucket.name, endpoint: gcs.url, ...options },
    {
      name: "offsite",
      clock: new HastyClock(),
      random: () => 0.5,
      env: {},
      blockBytes: BLOCK_BYTES,
      ...around,
    },
  );
}

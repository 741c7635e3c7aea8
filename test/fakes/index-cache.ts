/** An index cache in memory: its paths name no file. */
import { createHash } from "node:crypto";
import type { PointObject } from "../../src/domain/recovery-point.ts";
import type { Fetch, IndexCache, IndexCopy } from "../../src/ports/index-cache.ts";

export class FakeIndexCache implements IndexCache {
  /** Digests of what is kept, by job. */
  readonly kept = new Map<string, string>();
  fetches = 0;

  async obtain(job: string, object: PointObject, fetch: Fetch): Promise<string> {
    if (this.kept.get(job) !== object.sha256) {
      this.fetches += 1;
      const digest = createHash("sha256");
      for await (const chunk of fetch()) digest.update(chunk);
      if (digest.digest("hex") !== object.sha256) throw new Error("the fetched index is another one");
      this.kept.set(job, object.sha256);
    }
    return `/indexes/${job}/${object.sha256}`;
  }

  copy(job: string): IndexCopy {
    return {
      write: async () => undefined,
      keep: async ({ sha256 }) => void this.kept.set(job, sha256),
      discard: async () => undefined,
    };
  }
}

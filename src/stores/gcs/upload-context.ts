/** What every step of an upload is given. */
import type { Backoff } from "../../remote/backoff.ts";
import type { BucketApi } from "./bucket-api.ts";

export interface UploadContext {
  api: BucketApi;
  backoff: Backoff;
  what: string;
  signal: AbortSignal | undefined;
  /** Of the blocks; smaller ones are for tests. */
  blockBytes?: number;
}

/** What an object is made with. */
export interface NewResource {
  name: string;
  contentType: string;
  metadata: Record<string, string>;
  storageClass?: string;
  /** `0`: only where there is none of that name. */
  ifGenerationMatch?: string;
}

/** What a job's points are encrypted with. */
import type { Job } from "../domain/job.ts";
import type { Encryption } from "../ports/encryption.ts";
import type { AppContext } from "./app-context.ts";

/** Undefined: its points are not encrypted. */
export function encryptionFor(
  { encryption }: Pick<AppContext, "encryption">,
  job: Pick<Job, "encryption">,
): Encryption | undefined {
  return job.encryption === "off" ? undefined : encryption;
}

/** Why an upload failed, where the remote does not say it: SFTP has one word for every failure, a full disk included. */
import { formatSize } from "../../domain/human-text.ts";
import { HoldfastError } from "../../domain/errors.ts";
import { RcloneFailure } from "./rclone-api.ts";
import type { Features, Remote } from "./remote.ts";

const SAYS_NOTHING = /"Failure"|SSH_FX_FAILURE/;

export interface FailedUpload {
  what: string;
  /** Bytes that rclone had taken. */
  sent: number;
  remote: Remote;
  features: Features;
}

/** The error itself, or `no-space` where all that is free would not have held what was sent. */
export async function uploadError(error: unknown, upload: FailedUpload): Promise<unknown> {
  const { what, sent, remote, features } = upload;
  if (!(error instanceof RcloneFailure) || !SAYS_NOTHING.test(error.message) || !features.About) return error;
  const space = await remote.about().catch(() => undefined);
  if (space === undefined || space.freeBytes > sent) return error;
  const of = `${formatSize(space.freeBytes)} of ${formatSize(space.totalBytes)} are free`;
  return new HoldfastError("no-space", {
    what,
    why: `the remote's disk is full (${of}, ${formatSize(sent)} were sent)`,
    next: "free space, enlarge the storage or keep fewer points",
    cause: error,
  });
}

/** Removes the pieces that killed puts left behind: objects that no listing of ours shows. */
import { QUIET, type LeftoverRequest } from "./leftovers.ts";
import { listObjects } from "./list-objects.ts";
import { putOfPiece } from "./piece-names.ts";
import type { S3Connection } from "./s3-connection.ts";

const PAGE = 1000;

/** `folder`: of all pieces of the store. `prefix` begins with it. Returns how many were removed. */
export async function removeLeftoverPieces(
  connection: S3Connection,
  { call, prefix, folder, clock, underWay }: LeftoverRequest & { folder: string },
): Promise<number> {
  const listing = { ...call, right: "s3:ListBucket" };
  let removed = 0;
  for await (const { key, modifiedAt } of listObjects(connection, {
    ...{ call: listing, prefix, ownPrefix: folder, pageSize: PAGE },
  })) {
    const put = putOfPiece(key);
    const age = clock.now() + (await connection.clockOffset()) - modifiedAt;
    if (put === undefined || underWay.has(put) || age < QUIET) continue;
    const input = { Bucket: connection.bucket, Key: folder + key };
    await connection.run({ ...call, right: "s3:DeleteObject" }, (client, options) =>
      client.deleteObject(input, options),
    );
    removed++;
  }
  return removed;
}

/** Removes the pieces that killed puts left behind: objects that no listing of ours shows. As with uploads, the stack's lock tells who is dead. */
import type { LeftoverRequest } from "./leftovers.ts";
import { listObjects } from "./list-objects.ts";
import { putOfPiece } from "./piece-names.ts";
import type { S3Connection } from "./s3-connection.ts";

const PAGE = 1000;

/** `folder`: of all pieces of the store. `prefix` begins with it. Returns how many were removed. */
export async function removeLeftoverPieces(
  connection: S3Connection,
  { call, prefix, folder, underWay }: LeftoverRequest & { folder: string },
): Promise<number> {
  const listing = { ...call, right: "s3:ListBucket" };
  let removed = 0;
  for await (const { key } of listObjects(connection, {
    ...{ call: listing, prefix, ownPrefix: folder, pageSize: PAGE },
  })) {
    const put = putOfPiece(key);
    if (put === undefined || underWay.has(put)) continue;
    const input = { Bucket: connection.bucket, Key: folder + key };
    await connection.run({ ...call, right: "s3:DeleteObject" }, (client, options) =>
      client.deleteObject(input, options),
    );
    removed++;
  }
  return removed;
}

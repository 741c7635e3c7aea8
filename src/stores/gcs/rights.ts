/** Which rights on the bucket are missing, asked for without touching an object, and what that means for backups. */
import { z } from "zod";
import { formatDuration } from "../../domain/human-text.ts";
import { SECOND } from "../../domain/instant.ts";
import type { BucketApi } from "./bucket-api.ts";
import { ROLES } from "./refusal.ts";

const WITHOUT: Readonly<Record<string, string>> = {
  "storage.objects.create": "nothing can be backed up",
  "storage.objects.get": "nothing can be verified or restored",
  "storage.objects.list": "no recovery point is found",
  "storage.objects.delete": "nothing can be pruned, and locks are not released before they expire",
};
const READ_BUCKET = "storage.buckets.get";

const Granted = z.object({ permissions: z.array(z.string()).default([]) });

const Bucket = z.object({
  retentionPolicy: z.object({ retentionPeriod: z.coerce.number() }).optional(),
});

interface Inspection {
  bucket: string;
  what: string;
  signal: AbortSignal | undefined;
}

/** Sentences for whoever set the bucket up; none where all is well. */
export async function inspectRights(api: BucketApi, inspection: Inspection): Promise<string[]> {
  const { bucket, what, signal } = inspection;
  const wanted = [...Object.keys(WITHOUT), READ_BUCKET];
  const request = { what, signal, method: "GET" as const };
  const { permissions } = await api.json(
    { ...request, path: `${api.bucketPath}/iam/testPermissions`, query: { permissions: wanted } },
    Granted,
  );
  const missing = Object.entries(WITHOUT).flatMap(([right, consequence]) => {
    if (permissions.includes(right)) return [];
    const role = ROLES[right] ?? "";
    return [
      `The right ${right} on the bucket ${bucket} is missing: without it ${consequence} (role ${role}).`,
    ];
  });
  if (!permissions.includes(READ_BUCKET)) return missing;
  const { retentionPolicy } = await api.json(
    { ...request, path: api.bucketPath, query: { fields: "retentionPolicy" } },
    Bucket,
  );
  return retentionPolicy === undefined ? missing : [...missing, keepsAll(bucket, retentionPolicy)];
}

function keepsAll(bucket: string, { retentionPeriod }: { retentionPeriod: number }): string {
  const period = formatDuration(retentionPeriod * SECOND);
  return (
    `The bucket ${bucket} has a retention policy of ${period}, which also keeps locks from being renewed and released: ` +
    "use object retention or soft delete instead."
  );
}

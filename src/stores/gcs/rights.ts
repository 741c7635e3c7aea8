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
  "storage.objects.delete": "nothing can be pruned or unpinned",
};
const DELETE = "storage.objects.delete";
const READ_BUCKET = "storage.buckets.get";

const Granted = z.object({ permissions: z.array(z.string()).default([]) });

const Bucket = z.object({
  retentionPolicy: z.object({ retentionPeriod: z.coerce.number() }).optional(),
});

/** What an identity is there for: one may only add, and another one removes. */
export type StoreDuty = "all" | "adds" | "removes";

interface Inspection {
  bucket: string;
  duty: StoreDuty;
  what: string;
  signal: AbortSignal | undefined;
}

/** Sentences for whoever set the bucket up; none where all is well. */
export async function inspectRights(api: BucketApi, inspection: Inspection): Promise<string[]> {
  const { bucket, duty, what, signal } = inspection;
  const wanted = [...Object.keys(WITHOUT), READ_BUCKET];
  const request = { what, signal, method: "GET" as const };
  const { permissions } = await api.json(
    { ...request, path: `${api.bucketPath}/iam/testPermissions`, query: { permissions: wanted } },
    Granted,
  );
  const missing = Object.entries(WITHOUT).flatMap(([right, consequence]) => {
    const isForOthers = duty === "adds" && right === DELETE;
    if (permissions.includes(right)) return isForOthers ? [mayDelete(bucket)] : [];
    if (isForOthers) return [];
    const whose = duty === "removes" ? " for the identity of `pruneCredentials`" : "";
    const role = ROLES[right] ?? "";
    return [
      `The right ${right} on the bucket ${bucket} is missing${whose}: without it ${consequence} (role ${role}).`,
    ];
  });
  if (!permissions.includes(READ_BUCKET)) return missing;
  const { retentionPolicy } = await api.json(
    { ...request, path: api.bucketPath, query: { fields: "retentionPolicy" } },
    Bucket,
  );
  return retentionPolicy === undefined ? missing : [...missing, keepsAll(bucket, retentionPolicy)];
}

function mayDelete(bucket: string): string {
  return `The daily identity may delete in the bucket ${bucket}, so whoever takes over this machine may, too: take the right ${DELETE} from it, since another identity prunes.`;
}

function keepsAll(bucket: string, { retentionPeriod }: { retentionPeriod: number }): string {
  const period = formatDuration(retentionPeriod * SECOND);
  return (
    `The bucket ${bucket} has a retention policy of ${period}: no point goes before, and each run leaves small objects of its lock, ` +
    "four for each minute that it takes, which are removed later."
  );
}

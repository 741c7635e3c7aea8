/** What the JSON API says of an object, as far as it is used. */
import { z } from "zod";
import type { Instant } from "../../domain/instant.ts";
import type { StoredObject } from "../../ports/store.ts";

/** Names the upload that made an object: who lost the answer to one knows by it whether it succeeded. */
export const UPLOAD_ID = "holdfast-upload";

const Time = z.iso.datetime({ offset: true }).transform((text) => Date.parse(text));

export const ObjectResource = z.object({
  name: z.string(),
  /** Changes with every overwrite. */
  generation: z.string().regex(/^\d+$/),
  size: z
    .string()
    .regex(/^\d{1,15}$/)
    .transform(Number),
  /** Of this generation: unlike `updated`, no change of class or hold moves it. */
  timeCreated: Time,
  crc32c: z.string().optional(),
  metadata: z.record(z.string(), z.string()).optional(),
  retentionExpirationTime: Time.optional(),
  retention: z.object({ retainUntilTime: Time.optional() }).optional(),
  temporaryHold: z.boolean().optional(),
  eventBasedHold: z.boolean().optional(),
});
export type ObjectResource = z.infer<typeof ObjectResource>;

/** The fields of a resource that `ObjectResource` reads. */
export const OBJECT_FIELDS = Object.keys(ObjectResource.shape).join();

export function describeObject(key: string, { size, timeCreated, generation }: ObjectResource): StoredObject {
  return { key, size, modifiedAt: timeCreated, version: generation };
}

/** When the store lets go of an object; undefined when that is not known, because a hold is on it. */
export function keptUntil(object: ObjectResource): Instant | undefined {
  const { temporaryHold, eventBasedHold, retentionExpirationTime, retention } = object;
  const until = Math.max(retentionExpirationTime ?? -Infinity, retention?.retainUntilTime ?? -Infinity);
  return temporaryHold === true || eventBasedHold === true || until === -Infinity ? undefined : until;
}

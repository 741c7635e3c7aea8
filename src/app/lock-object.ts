/** The object by which a run says that it works on a stack in a store: what it holds, and how it is read. */
import { z } from "zod";
import { stackPrefix } from "../domain/recovery-point.ts";

/** Within the stack's folder. No job's name begins with a dot. */
const LOCKS_FOLDER = ".locks/";

/** `write` excludes `write`; `read` excludes nothing, but says which points it needs. */
export type LockMode = "read" | "write";

/** Ids of recovery points; `all` while it is not known yet which ones it will be. */
export type PointsInUse = readonly string[] | "all";

const lockSchema = z.object({
  format: z.literal(1),
  holder: z.object({
    host: z.string(),
    bootId: z.string(),
    pidNamespace: z.string(),
    /** Earlier versions did not write it. */
    container: z.string().default(""),
    pid: z.int(),
    startTime: z.string(),
  }),
  operation: z.string(),
  mode: z.enum(["read", "write"]),
  using: z.union([z.literal("all"), z.array(z.string())]),
  /** Ids of the points that the holder is about to delete. */
  removing: z.array(z.string()),
  acquiredAt: z.iso.datetime(),
  renewedAt: z.iso.datetime(),
  /** Counts the renewals, so that each one changes the object. */
  beat: z.int().nonnegative(),
});

/** Times are those of the holder's clock: to be shown, never to be compared. */
export type LockContent = z.infer<typeof lockSchema>;

export function locksPrefix(stack: string): string {
  return stackPrefix(stack) + LOCKS_FOLDER;
}

export function lockKey(stack: string, id: string): string {
  return `${locksPrefix(stack)}${id}.json`;
}

export function encodeLock(content: LockContent): Uint8Array {
  return Buffer.from(`${JSON.stringify(content, null, 2)}\n`);
}

/** Undefined for what this version cannot read: then somebody holds it, but nobody knows who and what for. */
export function parseLock(text: string): LockContent | undefined {
  try {
    return lockSchema.safeParse(JSON.parse(text)).data;
  } catch {
    return undefined;
  }
}

/** "backup (pid 17 on host web-1, since 2026-11-20T03:00:00.000Z)" */
export function describeHolder(content: LockContent | undefined, key: string): string {
  if (content === undefined) return `something that left the unreadable lock ${key}`;
  const { operation, holder, acquiredAt } = content;
  return `${operation} (pid ${holder.pid} on host ${holder.host}, since ${acquiredAt})`;
}

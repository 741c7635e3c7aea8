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

/** Of a renewal that could not replace the lock's own object. */
export function renewalKey(key: string, beat: number): string {
  return `${withoutEnding(key)}.${String(beat).padStart(8, "0")}${ENDING}`;
}

/** Of the object that says that the lock is held no more. */
export function endKey(key: string): string {
  return `${withoutEnding(key)}${ENDED}`;
}

/** All objects of one lock. */
export interface LockObjects<T> {
  /** Of the lock itself. */
  key: string;
  /** In the order in which they were made. */
  states: T[];
  /** What says that it is held no more. */
  end: T | undefined;
}

/** What lies among the locks, by the lock that it belongs to. */
export function groupLocks<T extends { key: string }>(objects: readonly T[]): LockObjects<T>[] {
  const locks = new Map<string, LockObjects<T>>();
  const of = (key: string) => {
    const lock = locks.get(key) ?? { key, states: [], end: undefined };
    locks.set(key, lock);
    return lock;
  };
  for (const object of objects) {
    const ended = ENDED_KEY.exec(object.key)?.[1];
    const renewed = RENEWAL_KEY.exec(object.key)?.[1];
    if (ended !== undefined) of(ended + ENDING).end = object;
    else of(renewed === undefined ? object.key : renewed + ENDING).states.push(object);
  }
  const orderOf = ({ key }: T) => RENEWAL_KEY.exec(key)?.[2] ?? "";
  for (const { states } of locks.values()) states.sort((a, b) => (orderOf(a) < orderOf(b) ? -1 : 1));
  return [...locks.values()];
}

const ENDING = ".json";
const ENDED = ".ended";
const RENEWAL_KEY = /^(.+\/[0-9a-f]+)\.(\d{8,})\.json$/;
const ENDED_KEY = /^(.+\/[0-9a-f]+)\.ended$/;

function withoutEnding(key: string): string {
  return key.slice(0, -ENDING.length);
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

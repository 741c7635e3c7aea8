/** Names of what a restore makes beside what is in use: whose it is can be told by them, also of a restore that was killed. */
import { createHash, randomBytes } from "node:crypto";

/** `new`: not in use yet. `old`: not in use any more. */
export type Purpose = "new" | "old";

/** Of which a name is left for the suffix, within the 63 bytes that PostgreSQL takes and the 64 characters of MySQL. */
const NAME_BYTES = 30;

/** Of a job of a stack: its restores never overlap, but those of two jobs in one server may. */
export function ownerMark({ project, job }: { project: string; job: string }): string {
  return createHash("sha256").update(`${project}/${job}`).digest("hex").slice(0, 8);
}

export function nameBeside(database: string, purpose: Purpose, owner: string): string {
  const plain = database.toLowerCase().replaceAll(/[^a-z0-9]+/g, "_");
  return `${plain.slice(0, NAME_BYTES)}_holdfast_${purpose}_${owner}${randomBytes(2).toString("hex")}`;
}

/** Ends as what a restore of that job makes. */
export function isBeside(name: string, purpose: Purpose, owner: string): boolean {
  return new RegExp(`_holdfast_${purpose}_${owner}[0-9a-f]{4}$`).test(name);
}

/** As a regular expression of JavaScript, PostgreSQL and MySQL alike: of any job. Such databases are in no dump of all of a server. */
export const BESIDE = "_holdfast_(new|old)_[0-9a-f]{12}$";

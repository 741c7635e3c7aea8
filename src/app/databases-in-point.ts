/** How many databases a point holds, as its commit record counts them; nothing of one that was made before they were counted. */
import {
  DATABASE_KINDS,
  DATABASE_STATES,
  type DatabaseKind,
  type DatabaseState,
} from "../domain/embedded-database.ts";
import type { CommitRecord } from "../domain/recovery-point.ts";

export interface DatabaseCount {
  kind: DatabaseKind;
  state: DatabaseState;
  count: number;
}

/** Each state of every kind that there is at all. */
export function databasesIn({ capture }: Pick<CommitRecord, "capture">): DatabaseCount[] {
  return DATABASE_KINDS.flatMap((kind) => {
    const states = memberOf(capture["databaseStates"], kind);
    if (states === undefined) return [];
    return DATABASE_STATES.map((state) => ({ kind, state, count: wholeNumber(memberOf(states, state)) }));
  });
}

/** What a store gave is not trusted to be what was written. */
function memberOf(value: unknown, name: string): unknown {
  return typeof value === "object" && value !== null
    ? (value as Readonly<Record<string, unknown>>)[name]
    : undefined;
}

function wholeNumber(value: unknown): number {
  return typeof value === "number" && Number.isSafeInteger(value) && value > 0 ? value : 0;
}

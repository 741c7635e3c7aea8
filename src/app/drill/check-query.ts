/** What was asked of a restored database, against what it has to answer. */
import { fromText } from "../../archive/byte-path.ts";
import type { QueryCheck } from "../../domain/drill-check.ts";
import { hasCode, messageOf } from "../../domain/errors.ts";
import type { AskDatabase } from "../../ports/database-asker.ts";
import { kindOf } from "./check-databases.ts";
import { resolveIn } from "./check-files.ts";

/** Of an answer. */
const QUOTED_AT_MOST = 200;

/** One sentence where it is another answer. */
export function problemsOfAnswer({ query, expect, atLeast = 1 }: QueryCheck, answer: string): string[] {
  const gives = `The query \`${query}\` gives ${quoted(answer)}`;
  if (expect !== undefined) return answer === expect ? [] : [`${gives}, and ${quoted(expect)} is expected.`];
  const isEnough = answer !== "" && Number(answer) >= atLeast;
  return isEnough ? [] : [`${gives}, and at least ${atLeast} is expected.`];
}

function quoted(text: string): string {
  return text === "" ? "nothing" : JSON.stringify(text.slice(0, QUOTED_AT_MOST));
}

export interface AskingTree {
  ask: AskDatabase;
  /** Of an encrypted database, by its path as a byte string. */
  keyOf: (path: string) => string | undefined;
  /** For what comes of it. */
  scratch: string;
  signal: AbortSignal;
}

/** Of a database that is a file of a restored tree. */
export async function problemsOfQueryIn(
  root: string,
  check: QueryCheck,
  { ask, keyOf, scratch, signal }: AskingTree,
): Promise<string[]> {
  const { query, database: name = "" } = check;
  const found = await resolveIn(root, name);
  if ("problem" in found) return [found.problem];
  const kind = await kindOf(found.real);
  if (kind === undefined) return [`${name} is no DuckDB or SQLite database, and a check asks one.`];
  const key = keyOf(fromText({ text: name }));
  try {
    const answer = await ask({ kind, path: found.real, name, key, query, scratch, signal });
    return problemsOfAnswer(check, answer);
  } catch (error) {
    if (signal.aborted || !(hasCode(error, "usage") || hasCode(error, "damaged"))) throw error;
    return [messageOf(error)];
  }
}

/** What it says of a captured database that the process which read it gave no answer. */
import type { DatabaseVerdict } from "../database-verdict.ts";
import type { ChildEnd } from "./run-child.ts";

/** Only a crash speaks against the file: a right one holds nothing that its own library crashes on. */
export function silenceVerdict(end: Exclude<ChildEnd, { how: "replied" }>, library: string): DatabaseVerdict {
  switch (end.how) {
    case "crashed":
      if (/out of memory|bad_alloc/i.test(end.told))
        return { state: "unverified", why: "reading it takes more memory than the check may use" };
      return { state: "damaged", why: `${library} crashes as it reads it (${end.by})` };
    case "killed":
      return {
        state: "unverified",
        why: `the process that read it was killed (${end.by}): memory may be short`,
      };
    case "late":
      return { state: "unverified", why: "reading it took longer than a check may take" };
    case "failed":
      return { state: "unverified", why: `${library} cannot be run here: ${errorLine(end.told)}` };
  }
}

/** The line of an uncaught error that says what it was; a stack trace surrounds it. */
function errorLine(told: string): string {
  const lines = told.split("\n").filter((line) => line.trim() !== "");
  return (lines.find((line) => /Error/.test(line)) ?? lines.at(-1) ?? "it said nothing").trim().slice(0, 300);
}

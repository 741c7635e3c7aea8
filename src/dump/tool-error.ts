/** How a tool failed, in one sentence that names it, where it ran, and what it said itself. */
import { HoldfastError } from "../domain/errors.ts";
import type { CommandEnd } from "../ports/container-runtime.ts";
import type { ToolPlace, ToolRun } from "./dump-kind.ts";

/** Of a line that a tool wrote. */
const QUOTED_AT_MOST = 300;

/** What a server says that is about to be there again, or is there no more for a moment. */
const PASSING =
  /closed the connection|connection (?:was )?(?:refused|reset|lost)|starting up|shutting down|in recovery mode|recovery is in progress|too many (?:clients|connections)|remaining connection slots|terminating connection|Lost connection|gone away|Can't connect|LOADING/i;

export interface FailedTool {
  /** The start of a sentence: `Dumping database app of service db`. */
  what: string;
  place: Pick<ToolPlace, "name">;
  tool: Pick<ToolRun, "name" | "secrets">;
  /** How it ended; its exit code is not 0. */
  end: CommandEnd;
}

/** The whole of what it said is the cause, for who asks for more. */
export function toolError({ what, place, tool, end }: FailedTool): HoldfastError {
  const said = withoutSecrets(end.lastWords, tool.secrets ?? []);
  const cause = said === "" ? {} : { cause: new Error(said) };
  if (end.exitCode === 126 || end.exitCode === 127) {
    // What somebody wrote for a shell has no name of its own.
    const isScript = tool.name.startsWith("the ");
    const lack = isScript ? `lacks what ${tool.name} runs` : `has no ${tool.name} that can be run`;
    const next = `use an image that has ${isScript ? "it" : tool.name}`;
    return new HoldfastError("source", { what, why: `${place.name} ${lack}${quote(said)}`, next, ...cause });
  }
  return new HoldfastError("source", {
    what,
    why: `${tool.name} ended with ${endText(end.exitCode)} in ${place.name}${quote(said)}`,
    ...nextOf(said, place.name),
    transient: PASSING.test(said) || end.exitCode > 128,
    ...cause,
  });
}

/** Of words that are the same in every version and at every time: what to do about it. */
const NEXT: readonly (readonly [RegExp, (place: string) => string])[] = [
  [
    /password authentication failed|no password supplied|Access denied for user|WRONGPASS|NOAUTH|AuthenticationFailed|Authentication failed/i,
    () =>
      "check the user and the password: of the container's variables, or `user` and `passwordFile` in its source",
  ],
  [/database "[^"]*" does not exist|Unknown database/i, () => "check `database` in its source"],
  [/No space left|Disk full|OutOfDiskSpace/i, (place) => `make room on the disk of ${place}`],
  [
    /Is the server running|Can't connect|Could not connect|Connection refused|Lost connection|closed the connection|I\/O Error|incomplete read|BGSAVE failed/i,
    (place) => `look into the log of ${place}`,
  ],
];

function nextOf(said: string, place: string): { next?: string } {
  const found = NEXT.find(([words]) => words.test(said));
  return found === undefined ? {} : { next: found[1](place) };
}

/** A tool that is killed, or whose container is, says nothing. */
function endText(exitCode: number): string {
  return exitCode > 128
    ? `exit code ${exitCode} (killed by signal ${exitCode - 128})`
    : `exit code ${exitCode}`;
}

/** What mongodump begins each line with. */
const STAMP = /^\d{4}-\d\d-\d\dT[\d:.]+[+-]\d{4}\s+/;

/** The line that tells why, which is rarely the last one. */
function quote(said: string): string {
  const lines = said.split("\n").flatMap((line) => line.trim() || []);
  const telling = lines.find((line) =>
    /\b(?:fatal|error|denied|cannot|failed|no such|not found)\b/i.test(line),
  );
  const line = (telling ?? lines.at(-1) ?? "").replace(STAMP, "").replace(/\s+/g, " ");
  if (line === "") return "";
  return `: ${line.length > QUOTED_AT_MOST ? `${line.slice(0, QUOTED_AT_MOST)}…` : line}`;
}

/** Shorter ones would take words out of what is said that are none. */
const SHORTEST_SECRET = 4;

function withoutSecrets(text: string, secrets: readonly string[]): string {
  return secrets
    .filter((secret) => secret.length >= SHORTEST_SECRET)
    .reduce((rest, secret) => rest.replaceAll(secret, "***"), text);
}

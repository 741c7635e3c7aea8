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
    const why = `${place.name} has no ${tool.name} that can be run${quote(said)}`;
    return new HoldfastError("source", { what, why, next: `use an image that has ${tool.name}`, ...cause });
  }
  return new HoldfastError("source", {
    what,
    why: `${tool.name} ended with ${endText(end.exitCode)} in ${place.name}${quote(said)}`,
    transient: PASSING.test(said) || end.exitCode > 128,
    ...cause,
  });
}

/** A tool that is killed, or whose container is, says nothing. */
function endText(exitCode: number): string {
  return exitCode > 128
    ? `exit code ${exitCode} (killed by signal ${exitCode - 128})`
    : `exit code ${exitCode}`;
}

/** The line that tells why, which is rarely the last one. */
function quote(said: string): string {
  const lines = said.split("\n").flatMap((line) => line.trim() || []);
  const telling = lines.find((line) =>
    /\b(?:fatal|error|denied|cannot|failed|no such|not found)\b/i.test(line),
  );
  const line = (telling ?? lines.at(-1) ?? "").replace(/\s+/g, " ");
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

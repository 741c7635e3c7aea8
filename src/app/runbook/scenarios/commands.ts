/** Lines for the shell of the machine, and what somebody has to put into them. */
import type { RunbookEncryption, RunbookFacts } from "../facts.ts";
import { word } from "../markdown.ts";

type Ours = Pick<RunbookFacts, "sidecar" | "encryption">;

/** Verbs that read what is in points. */
const READS_POINTS = new Set(["recover", "restore", "drill", "ls", "cat"]);
const KEY = "/key";
const KEY_OPTIONS = { identity: "--identity", passphrase: "--passphrase-file" };

/** `holdfast …` in the sidecar, which runs. */
export function ours(facts: Ours, ...words: readonly string[]): string {
  if (lacksKey(facts, words)) return alone(facts, ...words);
  return line("docker compose exec", facts.sidecar, "holdfast", ...words);
}

/** `holdfast …` in a container of its own: the sidecar does not run, or lacks what this needs. */
export function alone(facts: Ours, ...words: readonly string[]): string {
  return aloneWith(facts, [], ...words);
}

/** With further options of `docker compose run`. */
export function aloneWith(facts: Ours, options: readonly string[], ...words: readonly string[]): string {
  const [mount, key] = lacksKey(facts, words) ? keyFor(facts) : NO_KEY;
  return line("docker compose run --rm", ...options, ...mount, facts.sidecar, ...words, ...key);
}

/** On a machine that has nothing of the stack yet. */
export function bare(facts: Ours, options: readonly string[], ...words: readonly string[]): string {
  const reads = READS_POINTS.has(words[0] ?? "");
  const [mount, key] = reads ? keyFor(facts) : NO_KEY;
  return line("docker run --rm", ...options, ...mount, variable("IMAGE"), ...words, ...key);
}

/** The words of Compose itself. */
export function compose(...words: readonly string[]): string {
  return line("docker compose", ...words);
}

function lacksKey({ encryption }: Ours, [verb = ""]: readonly string[]): boolean {
  return encryption !== undefined && !encryption.isHere && READS_POINTS.has(verb);
}

type KeyWords = readonly [mount: readonly string[], key: readonly string[]];
const NO_KEY: KeyWords = [[], []];

function keyFor({ encryption }: Ours): KeyWords {
  if (encryption === undefined) return NO_KEY;
  return [
    ["--volume", `${variable("KEY")}:${KEY}:ro`],
    [KEY_OPTIONS[encryption.opensBy], KEY],
  ];
}

/** The file that decrypts. */
export function fillInKey({ kind, opensBy }: RunbookEncryption): string {
  const what =
    opensBy === "passphrase" ? "the passphrase" : kind === "age" ? "the identity" : "the private key";
  return fillIn("KEY", `path of the file with ${what}, which is in no backup`);
}

/** What somebody fills in: `AT=   # a moment …`. The commands after it use it. */
export function fillIn(name: string, sentence: string): string {
  return `${name}=   # ${sentence}`;
}

/** What is known is filled in already. */
export function choice(name: string, values: readonly string[], sentence: string): string {
  const [only] = values;
  return only !== undefined && values.length === 1 ? `${name}=${word(only)}` : fillIn(name, sentence);
}

export function variable(name: string): string {
  return `"$${name}"`;
}

/** Several words in one variable. */
export function variables(name: string): string {
  return `$${name}`;
}

function line(program: string, ...words: readonly string[]): string {
  return [program, ...words.map((each) => (VARIABLE.test(each) ? each : word(each)))].join(" ");
}

/** Names in capitals are never those of a job or a service. */
const VARIABLE = /^("\$[A-Z]+"(:[/\w:]+)?|\$[A-Z]+)$/;

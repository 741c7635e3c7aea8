/** Every command that a runbook tells somebody to type is one that the command line understands. */
import { Command, CommanderError } from "commander";
import { describe, expect, it } from "vitest";
import { runbook } from "../src/app/runbook/runbook.ts";
import { addVerbs } from "../src/cli/verbs.ts";
import { runbookFactsOf } from "./fakes/runbook-facts.ts";

/** What stands in code, in blocks and in sentences. */
function commandsIn(text: string): string[] {
  const blocks = [...text.matchAll(/^ *```sh[^\n]*\n(.*?)^ *```$/gms)].flatMap(([, lines = ""]) =>
    lines.split("\n"),
  );
  const outside = text.replace(/^ *```sh[^\n]*\n.*?^ *```$/gms, "");
  const inline = [...outside.matchAll(/`((?:holdfast|docker) [^`…]+)`/g)].map(([, one = ""]) => one);
  return [...new Set([...blocks, ...inline].map((line) => line.trim()))].filter((line) => line !== "");
}

/** As a shell takes a line apart; what a variable holds is one word. */
function wordsOf(line: string): string[] {
  return [...line.matchAll(/(?:[^\s'"\\]|\\.|'[^']*'|"[^"]*")+/g)].map(([word]) =>
    word.replace(/\\(.)|'([^']*)'|"([^"]*)"/g, "$1$2$3").replace("$AT", "2026-11-20T03:00"),
  );
}

/** The words for Holdfast of a command that runs it, by itself or in a container. */
function oursIn(line: string): string[] | undefined {
  const [, rest] =
    /^(?:holdfast|docker compose exec backup holdfast|(?:\(umask 077 && )?docker compose run --rm (?:--volume \S+ )*backup|docker run --rm (?:--\w+ \S+ )*"\$IMAGE") ([^>)]*)/.exec(
      line,
    ) ?? [];
  return rest === undefined ? undefined : wordsOf(rest);
}

async function problemOf(words: readonly string[]): Promise<string | undefined> {
  let ran = false;
  const program = new Command("holdfast").exitOverride().configureOutput({ writeErr: () => undefined });
  program.option("--identity <file...>").option("--passphrase-file <file>");
  addVerbs(program, async () => void (ran = true));
  for (const each of all(program)) each.exitOverride().configureOutput({ writeErr: () => undefined });
  const line = words.join(" ");
  try {
    await program.parseAsync(words, { from: "user" });
    return ran ? undefined : `${line}: nothing was run`;
  } catch (error) {
    return `${line}: ${error instanceof CommanderError ? error.message : String(error)}`;
  }
}

function all(command: Command): Command[] {
  return command.commands.flatMap((each) => [each, ...all(each)]);
}

const [job] = runbookFactsOf().jobs;
const STACKS = {
  "of everything": runbookFactsOf(),
  "of little": runbookFactsOf({
    jobs: job === undefined ? [] : [job],
    stores: runbookFactsOf().stores.slice(0, 1),
  }),
  "of nothing": runbookFactsOf({ jobs: [], stores: [], encryption: undefined }),
  "that no engine tells of": runbookFactsOf({ services: undefined, compose: undefined, image: undefined }),
  "that decrypts by a passphrase": runbookFactsOf({
    encryption: { kind: "age", opensBy: "passphrase", isHere: true },
  }),
  "that is encrypted by gpg": runbookFactsOf({
    encryption: { kind: "gpg", opensBy: "identity", isHere: false },
  }),
};

const OF_COMPOSE = /^docker compose (up|stop|ps|logs|down -v$)/;
const OF_THE_SHELL = /^([A-Z]+=|export COMPOSE_|cd |mkdir -p |grep public identity-new\.txt$)/;

describe.each(Object.entries(STACKS))("the runbook of a stack %s", (_name, facts) => {
  const commands = commandsIn(runbook(facts, {}));

  it("holds commands of Holdfast that are understood", async () => {
    const ours = commands.flatMap((line) => {
      const words = oursIn(line);
      return words === undefined ? [] : [words];
    });
    expect(ours.length).toBeGreaterThan(10);
    const problems = await Promise.all(ours.map(problemOf));
    expect(problems.filter((problem) => problem !== undefined)).toEqual([]);
  });

  it("holds nothing but those, commands of Compose, and what a shell is told", () => {
    const others = commands.filter((line) => oursIn(line) === undefined);
    expect(others.filter((line) => !OF_COMPOSE.test(line) && !OF_THE_SHELL.test(line))).toEqual([]);
  });
});

it("a command that is not understood would be found out", async () => {
  for (const line of ["restroe data", "restore data --in-palce", "copy --from a"])
    expect(await problemOf(wordsOf(line))).toBeDefined();
});

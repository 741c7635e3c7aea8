/** Every command that a runbook tells somebody to type is one that the command line understands. */
import { Command, CommanderError } from "commander";
import { describe, expect, it } from "vitest";
import { runbook } from "../src/app/runbook/runbook.ts";
import { addVerbs } from "../src/cli/verbs.ts";
import { runbookFactsOf } from "./fakes/runbook-facts.ts";

/** What stands in code, in blocks and in sentences. */
function commandsIn(text: string): string[] {
  const blocks = [...text.matchAll(/^ *```sh\n(.*?)^ *```$/gms)].flatMap(([, lines = ""]) =>
    lines.split("\n"),
  );
  const inline = [...text.replace(/^ *```sh\n.*?^ *```$/gms, "").matchAll(/`(holdfast [^`]+)`/g)].map(
    ([, one = ""]) => one,
  );
  return [...blocks, ...inline]
    .map((line) => line.trim())
    .filter((line) => line !== "" && !line.startsWith("#"));
}

/** As a shell without variables takes a line apart. */
function wordsOf(line: string): string[] {
  return [...line.matchAll(/(?:[^\s'"\\]|\\.|'[^']*'|"[^"]*")+/g)].map(([word]) =>
    word.replace(/\\(.)|'([^']*)'|"([^"]*)"/g, "$1$2$3"),
  );
}

async function problemOf(line: string): Promise<string | undefined> {
  let ran = false;
  const program = new Command("holdfast").exitOverride().configureOutput({ writeErr: () => undefined });
  program.option("--identity <file...>");
  addVerbs(program, async () => void (ran = true));
  for (const each of all(program)) each.exitOverride().configureOutput({ writeErr: () => undefined });
  try {
    await program.parseAsync(wordsOf(line).slice(1), { from: "user" });
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
};

describe.each(Object.entries(STACKS))("the runbook of a stack %s", (_name, facts) => {
  const commands = commandsIn(runbook(facts, {}));

  it("holds commands of Holdfast that are understood", async () => {
    const ours = commands.filter((line) => line.startsWith("holdfast "));
    expect(ours.length).toBeGreaterThan(10);
    const problems = await Promise.all(ours.map(problemOf));
    expect(problems.filter((problem) => problem !== undefined)).toEqual([]);
  });

  it("holds nothing but those and commands of Compose", () => {
    expect(commands.filter((line) => !/^(holdfast|docker compose) /.test(line))).toEqual([]);
  });
});

it("a command that is not understood would be found out", async () => {
  for (const line of ["holdfast restroe data", "holdfast restore data --in-palce", "holdfast copy --from a"])
    expect(await problemOf(line)).toBeDefined();
});

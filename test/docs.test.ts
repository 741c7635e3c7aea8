/** The documentation against the files and the command line that it speaks of. */
import { Command, Help } from "commander";
import { existsSync, globSync, readFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { describe, expect, it } from "vitest";
import { EXIT } from "../src/cli/exit-codes.ts";
import { addVerbs } from "../src/cli/verbs.ts";

const ROOT = fileURLToPath(new URL("..", import.meta.url));
const read = (path: string): string => readFileSync(join(ROOT, path), "utf8");

const PAGES = ["README.md", "CHANGELOG.md", ...globSync("docs/**/*.md", { cwd: ROOT })].sort();
const SOURCES = globSync("src/**/*.ts", { cwd: ROOT }).filter((path) => !path.endsWith(".test.ts"));

/** Options of every verb; the README names them below its table. */
const GLOBAL_OPTIONS = [
  "-c",
  "--config",
  "--state",
  "--identity",
  "--passphrase-file",
  "--json",
  "-v",
  "--verbose",
  "-V",
  "--version",
  "--help",
];

const program = new Command("holdfast");
addVerbs(program, () => Promise.resolve());

describe("the documentation", () => {
  it.each(PAGES)("%s links only to files that exist", (page) => {
    const links = [...read(page).matchAll(/\]\(([^)#\s]+)(?:#[^)]*)?\)/g)].map(([, target = ""]) => target);
    const local = links.filter((target) => !/^[a-z]+:/.test(target));
    expect(local.filter((target) => !existsSync(join(ROOT, dirname(page), target)))).toEqual([]);
  });

  it("lists every page of docs in its index", () => {
    const index = read("docs/README.md");
    const others = PAGES.filter((page) => page.startsWith("docs/") && page !== "docs/README.md");
    expect(others.filter((page) => !index.includes(`](${page.slice("docs/".length)})`))).toEqual([]);
  });

  it("names every verb, and every option of one, in the README's table", () => {
    const rows = read("README.md")
      .split("\n")
      .filter((line) => line.startsWith("| `holdfast "));
    const missing = leaves(program).flatMap(({ name, command }) => {
      const row = rows.find((line) => new RegExp(`\`holdfast ${name}[ \`]`).test(line)) ?? "";
      if (row === "") return [name];
      const options = command.options
        .filter(({ hidden }) => !hidden)
        .map(({ short, long }) => [short, long].filter((flag) => flag !== undefined));
      return options
        .filter((flags) => !flags.some((flag) => row.includes(flag)))
        .map((flags) => `${name} ${flags.join()}`);
    });
    expect(missing).toEqual([]);
  });

  it("lists every exit code in the README", () => {
    const listed = [...read("README.md").matchAll(/^\| (\d[\d, ]*) \|/gm)].flatMap(([, codes = ""]) =>
      codes.split(", ").map(Number),
    );
    expect(listed.sort()).toEqual(Object.values<number>(EXIT).sort());
  });
});

describe("every `holdfast` command that is named exists", () => {
  it.each([...PAGES, ...SOURCES.filter((path) => read(path).includes("`holdfast "))])("in %s", (path) => {
    expect(commandsIn(read(path)).flatMap(problemOf)).toEqual([]);
  });

  it.each(["holdfast bakup", "holdfast config chek", "holdfast list --sotre x"])(
    "and %s would be found out",
    (command) => {
      expect(commandsIn(`Run \`${command}\`.`).flatMap(problemOf)).toHaveLength(1);
    },
  );
});

/** In backticks, escaped or not, and at the beginning of lines of code blocks. */
function commandsIn(text: string): string[] {
  const inline = [...text.matchAll(/\\?`(holdfast [^`\\\n]+)/g)].map(([, command = ""]) => command);
  const blocks = [...text.matchAll(/^(?:\$ )?(holdfast [^\n|#]+)/gm)].map(([, command = ""]) => command);
  return [...inline, ...blocks];
}

/** What is wrong with a command's verb and options; arguments may be anything. */
function problemOf(command: string): string[] {
  const words = command.trim().split(/\s+/).slice(1);
  let at = program;
  while (at.commands.length > 0) {
    const word = words.shift() ?? "";
    // A word that stands for any verb.
    if (/^[<$[]|^…$/.test(word)) return [];
    const next = at.commands.find((candidate) => candidate.name() === word);
    // A verb with verbs below it may have arguments of its own.
    if (next === undefined && at.registeredArguments.length > 0) break;
    if (next === undefined) return [`${command}: there is no ${word}`];
    at = next;
  }
  const known = [...GLOBAL_OPTIONS, ...at.options.flatMap(({ short, long }) => [short, long])];
  return words
    .filter((word) => /^--?[a-z]/.test(word) && !known.includes(word.replace(/=.*/, "")))
    .map((word) => `${command}: there is no option ${word}`);
}

function leaves(command: Command, path: string[] = []): { name: string; command: Command }[] {
  // Those that are hidden are between us and ourselves.
  const visible = new Set(new Help().visibleCommands(command));
  return command.commands.flatMap((child) => {
    if (!visible.has(child)) return [];
    const name = [...path, child.name()];
    const isVerb = child.commands.length === 0 || child.registeredArguments.length > 0;
    return [...(isVerb ? [{ name: name.join(" "), command: child }] : []), ...leaves(child, name)];
  });
}

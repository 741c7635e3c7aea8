/** RESULTS.md: the last figures of each section. A run replaces the sections that it measured and leaves the others. */
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import type { Section } from "./section.ts";
import { tableOf } from "./table.ts";

const FILE = join(import.meta.dirname, "..", "RESULTS.md");
const HEADING = "\n## ";
const PREAMBLE = `# Results of \`npm run bench\`

Written by \`npm run bench -- --write\`; what is measured and how stands in [README.md](README.md). Ratios are ours to theirs: below 1 we are faster.
`;

export function writeResults(sections: readonly Section[], circumstances: readonly string[]): void {
  writeFileSync(FILE, withSections(readText(), sections, circumstances));
}

export function withSections(
  before: string,
  sections: readonly Section[],
  circumstances: readonly string[],
): string {
  const kept = sectionsIn(before);
  const small = circumstances.map((line) => `- ${line}`).join("\n");
  for (const section of sections) kept.set(section.title, `${tableOf(section)}\n\n${small}\n`);
  const text = [...kept].map(([title, body]) => `${HEADING}${title}\n\n${body}`).join("");
  return `${PREAMBLE}${text}`;
}

function sectionsIn(text: string): Map<string, string> {
  const [, ...parts] = text.split(HEADING);
  return new Map(
    parts.map((part) => {
      const end = part.indexOf("\n");
      return [part.slice(0, end), `${part.slice(end).trim()}\n`];
    }),
  );
}

function readText(): string {
  try {
    return readFileSync(FILE, "utf8");
  } catch (error) {
    if (error instanceof Error && "code" in error && error.code === "ENOENT") return "";
    throw error;
  }
}

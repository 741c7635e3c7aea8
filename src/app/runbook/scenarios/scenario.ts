/** One thing that can happen, and what to do about it: a title, how it shows, and steps in order. */
import type { RunbookFacts, RunbookJob } from "../facts.ts";
import { numbered, section, shell, word } from "../markdown.ts";

export interface Scenario {
  title: string;
  /** How somebody notices. */
  shows: string;
  steps: readonly string[];
}

export type ScenarioOf = (facts: RunbookFacts) => Scenario | undefined;

export function scenarioText({ title, shows, steps }: Scenario): string {
  return section(`### ${title}`, `**It shows in**: ${shows}`, numbered(steps));
}

/** A step with what is to be typed. */
export function step(sentence: string, ...commands: readonly string[]): string {
  return commands.length === 0 ? sentence : `${sentence}\n\n${shell(commands)}\n`;
}

export function jobsOf({ jobs }: RunbookFacts, shape: RunbookJob["shape"]): RunbookJob[] {
  return jobs.filter((job) => job.shape === shape);
}

/** What uses the data is stopped and started by Holdfast. Of a managed backup it prints what the vendor is to be told. */
export function restoreCommands(jobs: readonly RunbookJob[], options: readonly string[] = []): string[] {
  return jobs.map((job) => {
    if (job.shape === "managed") return command("restore", job.name, ...options);
    const target =
      job.shape === "disk"
        ? ["--to-disk", `${job.name}-new`]
        : job.shape === "files" || job.canRestoreInPlace
          ? ["--in-place", "--yes"]
          : ["--to", `/restore/${job.name}`];
    return command("restore", job.name, ...target, ...options);
  });
}

/** Those that points can be copied to and from. */
export function storesOfFiles({ stores }: RunbookFacts): RunbookFacts["stores"] {
  return stores.filter(({ address }) => address !== undefined);
}

/** `holdfast …`, each word quoted where the shell would take it apart. */
export function command(...words: readonly string[]): string {
  return ["holdfast", ...words.map(word)].join(" ");
}

export const CHECK_AFTERWARDS = "Go through “After every recovery” below.";

/** A runbook as somebody follows it: its chapters, their steps in order, and a shell that remembers what was typed into it. */
import { expect } from "vitest";
import { run, type CommandEnd } from "./command.ts";

export interface RunbookStep {
  text: string;
  isByHand: boolean;
  /** Lines to be typed; those that act elsewhere than on the stack are not among them. */
  lines: string[];
}

/** By their titles. */
export function chaptersOf(runbook: string): Map<string, RunbookStep[]> {
  const parts = runbook.split(/^#{2,3} /m).slice(1);
  return new Map(
    parts.map((part) => {
      const [title = "", ...rest] = part.split("\n");
      return [title, stepsOf(rest.join("\n"))];
    }),
  );
}

/** A block that stands in no list is a step, too. */
function stepsOf(chapter: string): RunbookStep[] {
  return chapter.split(/^(?=\d+\. )/m).map((text) => ({
    text,
    isByHand: text.includes("**By hand:**"),
    lines: [...text.matchAll(/^ *```sh\n(.*?)^ *```$/gms)].flatMap(([, lines = ""]) =>
      lines
        .split("\n")
        .map((line) => line.trim())
        .filter((line) => line !== ""),
    ),
  }));
}

export interface Following {
  /** What is filled in behind `AT=` and its like. */
  fill?: Readonly<Record<string, string>>;
  /** What somebody does at each step that is by hand, in order. */
  byHand?: readonly (() => Promise<unknown>)[];
  /** How commands may end that do not end with 0, by a part of them. */
  ends?: Readonly<Record<string, readonly number[]>>;
}

export class RunbookShell {
  readonly #env: Readonly<Record<string, string>>;
  /** What later lines rely on. */
  readonly #state: string[] = [];

  constructor(env: Readonly<Record<string, string>>) {
    this.#env = env;
  }

  async follow(
    steps: readonly RunbookStep[],
    { fill = {}, byHand = [], ends = {} }: Following = {},
  ): Promise<void> {
    expect(steps.filter(({ isByHand }) => isByHand)).toHaveLength(byHand.length);
    const hands = [...byHand];
    for (const { isByHand, lines } of steps) {
      if (isByHand) await hands.shift()?.();
      for (const line of lines) await this.#type(line, fill, ends);
    }
  }

  async #type(
    line: string,
    fill: Readonly<Record<string, string>>,
    ends: Readonly<Record<string, readonly number[]>>,
  ): Promise<void> {
    const [, name] = /^([A-Z]+)= +# /.exec(line) ?? [];
    if (name !== undefined) {
      const value = fill[name];
      if (value === undefined) throw new Error(`Nothing is said about ${line}`);
      this.#state.push(`${name}='${value}'`);
    } else if (/^([A-Z]+=|export |cd )/.test(line)) this.#state.push(line);
    else {
      const [, may = [0]] = Object.entries(ends).find(([part]) => line.includes(part)) ?? [];
      const { exitCode, stdout, stderr } = await this.run(line);
      expect(may, `${line}\n${stdout}\n${stderr}`).toContain(exitCode);
    }
  }

  /** As a new one does. */
  forget(): void {
    this.#state.length = 0;
  }

  /** One line, after all that it relies on. */
  async run(line: string): Promise<CommandEnd> {
    return run("/bin/bash", ["--norc", "-euc", [...this.#state, line].join("\n")], { env: this.#env });
  }
}

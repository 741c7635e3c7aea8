/** One thing that can happen, and what to do about it: a title, how it shows, and steps in order. */
import type { RunbookFacts } from "../facts.ts";
import { numbered, section, shell } from "../markdown.ts";

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

/** A step with what is to be typed: every line of it, in this order. */
export function step(sentence: string, ...commands: readonly string[]): string {
  return commands.length === 0 ? sentence : `${sentence}\n\n${shell(commands)}\n`;
}

/** What no command of the stack does. */
export function byHand(sentence: string): string {
  return `**By hand:** ${sentence}`;
}

/** Commands that act elsewhere, such as on a cloud: a block of a language of its own, so that nobody takes them for the stack's. */
export function elsewhere(sentence: string, ...commands: readonly string[]): string {
  return `**Elsewhere:** ${sentence}\n\n${shell(commands, "sh elsewhere")}\n`;
}

export const CHECK_AFTERWARDS = "Go through “After every recovery” below.";

/** One row of the table: every tool's figures for one piece of work, and what was to be reached. */
import type { Measure } from "../measure.ts";

export interface Figures {
  tool: string;
  /** One a round; the first tool of a section is Holdfast. */
  measures: readonly Measure[];
  /** What the work added to the repository. */
  storedBytes?: number | undefined;
  /** Our best time is to be at most this many times this tool's. */
  goal?: number | undefined;
}

/** What is to be reached by itself, whatever others take. */
export interface Goal {
  text: string;
  reached: boolean;
}

export interface Section {
  title: string;
  figures: readonly Figures[];
  goals?: readonly Goal[];
}

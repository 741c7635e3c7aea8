/** Restores in place of trees that are written by hand, by processes of a pretended machine. */
import { mkdirSync, readdirSync } from "node:fs";
import { join } from "node:path";

import { onTestFinished } from "vitest";

import { openInPlace, type InPlaceStagingOptions } from "../../src/archive/in-place/in-place-staging.ts";
import { settleSwaps, type TrialEnd } from "../../src/archive/in-place/settle-swaps.ts";
import type { Staging } from "../../src/archive/restore/staging.ts";
import type { Moves } from "../../src/archive/restore/moves.ts";
import { describeTree } from "./captured-volume.ts";
import { FakeMachine } from "./process-tables.ts";
import { writeFiles, type Files } from "./staging.ts";
import { temporaryDirectory } from "./temporary-directory.ts";

export const KEPT_NAME = ".holdfast-old-20261121T120000Z-0a1b";
export const TITLE = "the restore of point x of job data";

export interface InPlaceRig {
  target: string;
  /** On which all of this runs. */
  machine: FakeMachine;
  /** What is directly in the target, sorted. */
  names(): string[];
  /** Type, mode, owner, time and content of everything in the target, and of itself. */
  tree(): Map<string, string>;
  /** With the fresh tree written. */
  open(options?: Partial<Options>, fresh?: Files): Promise<Staging>;
  /** As another process that finds everybody else dead. */
  settle(moves?: Moves, trial?: TrialEnd): Promise<string[]>;
}

type Options = Omit<InPlaceStagingOptions, "inPlace"> & { keepOld: boolean; onTrial: boolean };

export function inPlaceRig(old: Files = { mine: "old" }): InPlaceRig {
  const target = join(temporaryDirectory(), "target");
  const machine = new FakeMachine();
  mkdirSync(target);
  writeFiles(target, old);
  return {
    target,
    machine,
    names: () => readdirSync(target).sort(),
    tree: () => describeTree(target),
    async open({ keepOld = false, onTrial = false, ...options } = {}, fresh = { file: "new" }) {
      const processes = machine.startProcess();
      const inPlace = { title: TITLE, keptName: KEPT_NAME, keepOld, onTrial, sourceBytes: 0, delta: false };
      const staging = await openInPlace(target, { inPlace, processes, ...options });
      // What it did not settle is for others to find.
      onTestFinished(async () => void (await staging.discard()));
      writeFiles(staging.directory, fresh);
      machine.kill(processes);
      return staging;
    },
    settle: (moves, trial) => settleSwaps(target, { processes: machine.startProcess(), moves, trial }),
  };
}

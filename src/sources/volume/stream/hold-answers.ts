/**
 * How whoever reads a capture's stream answers what was asked through it: small files in a directory that both have, one for
 * each answer, there as soon as they are whole. A stream goes one way only.
 */
import { readFile, rename, writeFile } from "node:fs/promises";
import { join } from "node:path";

import type { Milliseconds } from "../../../domain/instant.ts";
import type { ToldError } from "./told-error.ts";

/** A hold is answered twice: when it has begun, and when everybody runs again. */
export interface AnswerName {
  id: number;
  phase: "begun" | "ended";
}

export interface HoldAnswer {
  /** What kept it from beginning, or ended it before it was asked to. */
  error?: ToldError;
  heldMs?: Milliseconds;
  /** Nobody can be held at all; a clause. */
  because?: string;
}

export async function writeAnswer(directory: string, name: AnswerName, answer: HoldAnswer): Promise<void> {
  const path = pathOf(directory, name);
  await writeFile(`${path}.new`, JSON.stringify(answer));
  await rename(`${path}.new`, path);
}

/** Undefined: not yet. */
export async function readAnswer(directory: string, name: AnswerName): Promise<HoldAnswer | undefined> {
  try {
    return JSON.parse(await readFile(pathOf(directory, name), "utf8")) as HoldAnswer;
  } catch (error) {
    if (error instanceof Error && "code" in error && error.code === "ENOENT") return undefined;
    throw error;
  }
}

function pathOf(directory: string, { id, phase }: AnswerName): string {
  return join(directory, `${id}-${phase}`);
}

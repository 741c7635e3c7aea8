/** Swaps the content of a directory that cannot be renamed itself: entry by entry, undone when one of them fails. */
import { mkdir, readdir } from "node:fs/promises";

import { messageOf } from "../../domain/errors.ts";
import { applyAttributes, attributesOf } from "./directory-attributes.ts";
import { errnoOf, unlessMissing } from "./moves.ts";
import { place, within } from "./place.ts";
import { isStagingName } from "./staging-name.ts";
import type { Swap } from "./swap-directory.ts";

/**
 * What restores keep in the target stays where it is. Gives warnings. On an error the target holds what it held; what
 * could not be put back is in `old`.
 */
export async function swapContents(swap: Swap): Promise<string[]> {
  const { fresh, target, old } = swap;
  const wanted = await attributesOf(fresh);
  const original = await attributesOf(target);
  const steps = new UndoableMoves(swap);
  await mkdir(old, { mode: 0o700 });
  try {
    for (const name of await namesIn(target)) await steps.move(name, target, old);
    for (const name of await namesIn(fresh)) await steps.move(name, fresh, target);
    return await applyAttributes(target, wanted);
  } catch (error) {
    const failures = await steps.undo();
    await applyAttributes(target, original).catch((failure: unknown) => failures.push(failure));
    if (failures.length === 0) throw error;
    const reasons = [error, ...failures].map(messageOf);
    throw new AggregateError([error, ...failures], reasons.join("; "), { cause: error });
  }
}

interface Step {
  name: Buffer;
  from: string;
  to: string;
}

class UndoableMoves {
  readonly #swap: Swap;
  readonly #done: Step[] = [];

  constructor(swap: Swap) {
    this.#swap = swap;
  }

  async move(name: Buffer, from: string, to: string): Promise<void> {
    const step = { name, from, to };
    try {
      await this.#make(step);
    } catch (error) {
      // Whoever uses the target may remove something of it until the last moment.
      if (errnoOf(error) === "ENOENT" && from === this.#swap.target) return;
      throw error;
    }
    this.#done.push(step);
  }

  /** Tries every step, whatever became of the others, and gives the errors. */
  async undo(): Promise<unknown[]> {
    const failures: unknown[] = [];
    for (const { name, from, to } of this.#done.toReversed()) {
      const back = this.#make({ name, from: to, to: from });
      await back.catch(unlessMissing).catch((error: unknown) => failures.push(error));
    }
    return failures;
  }

  /** Only in the target somebody else may be at work. */
  async #make({ name, from, to }: Step): Promise<void> {
    const { moves, target, meanwhile } = this.#swap;
    if (to === target) await place(moves, within(from, name), within(to, name), meanwhile);
    else await moves.move(within(from, name), within(to, name));
  }
}

async function namesIn(directory: string): Promise<Buffer[]> {
  const names = await readdir(directory, { encoding: "buffer" });
  return names.filter((name) => !isStagingName(name.toString("latin1")));
}

/** The sentence on a damaged object, with what to do about it. */
import type { ObjectDamage } from "../domain/object-damage.ts";

/** `elsewhere`: the stores that have a copy of the point, the best first. */
export function describeDamage(object: string, damage: ObjectDamage, elsewhere: readonly string[]): string {
  return `${object} ${damage.why}; ${nextStep(damage, elsewhere)}.`;
}

function nextStep({ kind }: ObjectDamage, [store]: readonly string[]): string {
  const copy =
    store === undefined
      ? "restore from another recovery point"
      : `restore from store ${store}, which has a copy`;
  if (kind === "swapped") return `put each object back where it belongs, or ${copy}`;
  if (kind === "appended" || kind === "duplicated") return `cut off what follows, or ${copy}`;
  if (kind === "stale") return `find out what was done to the store, and ${copy}`;
  return copy;
}

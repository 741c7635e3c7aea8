/** Which job a verb is about: the one that it names, or that of the address that it reads from. */
import { HoldfastError } from "../domain/errors.ts";
import type { VerbContext } from "./verb.ts";

/** Undefined where neither names one. Throws `usage` where they name two. */
export function namedJob({ from }: Pick<VerbContext, "from">, name: string | undefined): string | undefined {
  if (from?.job === undefined || name === undefined || from.job === name) return name ?? from?.job;
  throw new HoldfastError("usage", {
    what: `Reading job ${name}`,
    why: `the address that --from names is that of job ${from.job}`,
    next: "leave one of the two out, or end the address in the stack and a slash",
  });
}

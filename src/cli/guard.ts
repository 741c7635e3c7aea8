/** `holdfast guard`: what the container runs that guards held services. Holdfast starts it itself. */
import { runGuard } from "../daemon/compose-guard.ts";
import { EXIT } from "./exit-codes.ts";
import { warnLine } from "./terminal.ts";
import type { Verb } from "./verb.ts";

export const guard: Verb = async ({ terminal, signal }) => {
  await runGuard((message) => warnLine(terminal, message), signal);
  return EXIT.done;
};

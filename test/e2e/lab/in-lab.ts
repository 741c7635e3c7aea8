/** `describe`, for what needs the lab: skipped where there is none, with the reason in its name. */
import { describe, inject } from "vitest";
import type { Lab } from "./lab.ts";

export function describeInLab(name: string, tests: (lab: Lab) => void): void {
  const lab = inject("lab");
  if ("missing" in lab) describe.skip(`${name} (${lab.missing})`, () => undefined);
  else describe(name, () => tests(lab));
}

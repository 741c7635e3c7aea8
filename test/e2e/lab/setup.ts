/** Opens the lab once for all tests of it, and closes it after the last. */
import type { TestProject } from "vitest/node";
import { openLab, whyNoLab, type Lab } from "./lab.ts";

declare module "vitest" {
  interface ProvidedContext {
    lab: Lab | { missing: string };
  }
}

export default async function setup(project: TestProject): Promise<(() => Promise<void>) | undefined> {
  const missing = await whyNoLab();
  if (missing !== undefined) {
    if (process.env["CI"] === "true") throw new Error(`The lab must run in CI, but ${missing}.`);
    console.warn(`Tests against a real Docker Engine are skipped: ${missing}.`);
    project.provide("lab", { missing });
    return undefined;
  }
  const opened = await openLab();
  project.provide("lab", opened.lab);
  return () => opened.close();
}

/** The demo's temporary directory and what lies in it. */
import { mkdirSync, mkdtempSync, realpathSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

export interface Places {
  root: string;
  /** What is backed up. */
  data: string;
  /** Where the data goes when it is taken away. */
  away: string;
  archive: string;
  state: string;
  config: string;
  restored: string;
}

export function makePlaces(): Places {
  const root = mkdtempSync(join(realpathSync(tmpdir()), "holdfast-demo-"));
  const at = (name: string): string => join(root, name);
  for (const name of ["data", "archive", "state"]) mkdirSync(at(name));
  return {
    root,
    data: at("data"),
    away: at("data.away"),
    archive: at("archive"),
    state: at("state"),
    config: at("holdfast.yml"),
    restored: at("restored"),
  };
}

export function removePlaces({ root }: Places): void {
  rmSync(root, { recursive: true, force: true, maxRetries: 3 });
}

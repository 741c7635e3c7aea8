/** The example stack with the sidecar beside it, as docs/compose.md starts it, with its backups in a directory of the test. */
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { ComposeStack, type ComposeStackOptions } from "./compose-stack.ts";
import type { Lab } from "./lab.ts";
import { PROJECT } from "./images.ts";

export interface ExampleStack {
  stack: ComposeStack;
  /** Removed with the stack. */
  directory: string;
  remove: () => Promise<void>;
}

export interface ExampleOptions extends Pick<ComposeStackOptions, "keepsHealthcheck"> {
  /** Further compose files, given the directory. */
  more?: (directory: string) => string[];
}

export function exampleStack(
  lab: Lab,
  { more, keepsHealthcheck = false }: ExampleOptions = {},
): ExampleStack {
  const directory = mkdtempSync(join(tmpdir(), "holdfast-"));
  const stack = new ComposeStack(lab, {
    files: [
      join(PROJECT, "example/compose.yml"),
      join(PROJECT, "compose.sidecar.yml"),
      ...(more?.(directory) ?? []),
    ],
    keepsHealthcheck,
    env: {
      ...{ APP_PORT: "0", HOLDFAST_PORT: "0", HOLDFAST_BACKUPS: join(directory, "backups") },
      DOCKER_SOCKET: lab.host.replace(/^unix:\/\//, ""),
    },
  });
  return {
    ...{ stack, directory },
    remove: async () => {
      await stack.remove();
      rmSync(directory, { recursive: true, force: true });
    },
  };
}

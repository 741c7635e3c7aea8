/** `holdfast key new [--out FILE]`: an identity of age, which decrypts, and its recipient, which is all that backups need. */
import { open, rm, type FileHandle } from "node:fs/promises";

import { newIdentity } from "../daemon/compose-encryption.ts";
import { HoldfastError, messageOf } from "../domain/errors.ts";
import { toIso } from "../domain/instant.ts";
import { systemClock } from "../observability/system-clock.ts";
import { EXIT } from "./exit-codes.ts";
import { printJson, printLine, write } from "./terminal.ts";
import type { Verb } from "./verb.ts";

/** Readable by its owner alone, and never over a file that is there: that may be the only key to somebody's backups. */
export const newKey: Verb<{ out?: string }> = async ({ terminal, json }, { out }) => {
  const { text, recipient } = await newIdentity(toIso(systemClock.now()).replace(/\.\d+/, ""));
  if (out === undefined) {
    if (json) await printJson(terminal, { identity: text, recipient });
    else await write(terminal.stdout, text);
    return EXIT.done;
  }
  await create(out, text);
  if (json) await printJson(terminal, { file: out, recipient });
  else {
    await printLine(terminal, `Public key: ${recipient}`);
    await write(
      terminal.stderr,
      `${out} decrypts what is encrypted to it: keep it away from the stack, in two places.\n`,
    );
  }
  return EXIT.done;
};

async function create(path: string, text: string): Promise<void> {
  let file: FileHandle | undefined;
  try {
    file = await open(path, "wx", 0o600);
    await file.writeFile(text);
    await file.sync();
  } catch (error) {
    if (file !== undefined) await rm(path, { force: true });
    const isThere = error instanceof Error && "code" in error && error.code === "EEXIST";
    throw new HoldfastError(isThere ? "refused" : "target", {
      what: `Writing an identity to ${path}`,
      why: isThere ? "the file is there already, and may be the only key to backups" : messageOf(error),
      next: isThere ? "name another one" : "name a file in a directory that can be written",
      cause: error,
    });
  } finally {
    await file?.close();
  }
}

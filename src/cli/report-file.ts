/** The file that the report of something long is wanted in: looked at before it is begun, and no reason to call it failed once it is done. */
import { access, constants, stat, writeFile } from "node:fs/promises";
import { dirname, resolve } from "node:path";
import { HoldfastError, messageOf } from "../domain/errors.ts";

/** Throws `usage` where nothing could be written. */
export async function assertReportFile(path: string | undefined): Promise<void> {
  if (path === undefined) return;
  try {
    const there = await stat(path).catch(unlessMissing);
    if (there?.isDirectory() === true) throw new Error("it is a directory");
    await access(there === undefined ? dirname(resolve(path)) : path, constants.W_OK);
  } catch (cause) {
    throw new HoldfastError("usage", {
      ...{ what: `Preparing the report ${path}`, why: messageOf(cause), cause },
      next: "nothing was begun: give --report a file in a directory that can be written to",
    });
  }
}

/** Gives why it could not be written, as a sentence. */
export async function writeReport(path: string, text: string): Promise<string | undefined> {
  try {
    await writeFile(path, text);
    return undefined;
  } catch (error) {
    return `The report could not be written to ${path}, and is printed only: ${messageOf(error)}`;
  }
}

function unlessMissing(error: NodeJS.ErrnoException): undefined {
  if (error.code !== "ENOENT") throw error;
}

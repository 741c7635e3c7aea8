/** What a user who is not root meets: only root can become one for a while. */
import { chownSync } from "node:fs";

const NOBODY = 65534;

/** Gives the directory to that user, and runs the action as it. */
export async function asNobody<T>(directory: string, action: () => Promise<T>): Promise<T> {
  chownSync(directory, NOBODY, NOBODY);
  process.setegid?.(NOBODY);
  process.seteuid?.(NOBODY);
  try {
    return await action();
  } finally {
    process.seteuid?.(0);
    process.setegid?.(0);
  }
}

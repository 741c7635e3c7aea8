/** What the loader asks of the file system, so that tests can answer instead. */
import { readdir, readFile } from "node:fs/promises";

export interface ConfigFiles {
  /** The text of a file; rejects with the system's error when it cannot be read. */
  read(path: string): Promise<string>;
  /** Names of the directories directly under this one, sorted; empty when it does not exist. */
  directories(path: string): Promise<string[]>;
}

export const systemFiles: ConfigFiles = {
  read: (path) => readFile(path, "utf8"),
  directories: async (path) => {
    try {
      const entries = await readdir(path, { withFileTypes: true });
      return entries
        .filter((entry) => entry.isDirectory())
        .map((entry) => entry.name)
        .sort();
    } catch (error) {
      if (systemCode(error) === "ENOENT") return [];
      throw error;
    }
  },
};

/** Why a file could not be read, without its path: messages name that themselves. */
export function whyUnreadable(error: unknown): string {
  const reasons: Record<string, string> = {
    ENOENT: "it does not exist",
    EACCES: "permission is denied",
    EPERM: "permission is denied",
    EISDIR: "it is a directory (Docker makes one where the file to mount is missing)",
    ENOTDIR: "a part of its path is not a directory",
  };
  const code = systemCode(error);
  return reasons[code] ?? (code || "it cannot be read");
}

export function systemCode(error: unknown): string {
  return error instanceof Error && "code" in error ? String(error.code) : "";
}

/**
 * The config file that rclone is started with. rclone saves what it finds out about a remote, and waits half a minute when it
 * cannot: a mounted secret is therefore lent to it as a copy, for the moments in which it does so.
 */
import { access, constants, copyFile, chmod, mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { HoldfastError, messageOf } from "../../domain/errors.ts";
import { DEFAULT_CONFIG_FILE } from "./options.ts";

export interface ConfigInUse {
  path: string;
  /** To be called when rclone has connected, or has failed to. Removes the copy; rclone has it all in memory by then. */
  settled(): Promise<void>;
}

/** In memory first: what is in it are secrets. */
const COPY_PLACES = ["/dev/shm", tmpdir()];

export async function takeConfig(file: string, what: string): Promise<ConfigInUse> {
  const isThere = await isAllowed(file, constants.R_OK);
  if (!isThere && file !== DEFAULT_CONFIG_FILE) throw unreadable(file, what);
  if (isThere && (await canBeReplaced(file))) return { path: file, settled: async () => undefined };
  for (const place of COPY_PLACES) {
    if (!(await isAllowed(place, constants.W_OK))) continue;
    return copyInto(
      await mkdtemp(join(place, `holdfast-rclone-${process.pid}-`)),
      isThere ? file : undefined,
      what,
    );
  }
  return { path: file, settled: async () => undefined };
}

async function copyInto(folder: string, file: string | undefined, what: string): Promise<ConfigInUse> {
  const path = join(folder, "rclone.conf");
  const settled = () => rm(folder, { recursive: true, force: true });
  try {
    if (file !== undefined) {
      await copyFile(file, path);
      await chmod(path, 0o600);
    }
    return { path, settled };
  } catch (error) {
    await settled();
    throw unreadable(file ?? path, what, error);
  }
}

/** A file that is mounted by itself cannot be renamed over, whatever the rights of its folder. */
async function canBeReplaced(file: string): Promise<boolean> {
  if (!(await isAllowed(dirname(file), constants.W_OK))) return false;
  const mounts = await readFile("/proc/self/mountinfo", "utf8").catch(() => "");
  return !mounts.split("\n").some((line) => line.split(" ")[4] === file);
}

async function isAllowed(path: string, mode: number): Promise<boolean> {
  return access(path, mode).then(
    () => true,
    () => false,
  );
}

function unreadable(file: string, what: string, cause?: unknown): HoldfastError {
  return new HoldfastError("store", {
    what,
    why: cause === undefined ? `rclone's config ${file} cannot be read` : messageOf(cause),
    next: "mount it there, or name it with configFile",
    cause,
  });
}

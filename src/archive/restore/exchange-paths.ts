/**
 * Exchanges what two paths name in one step of the kernel (`renameat2` with RENAME_EXCHANGE, called directly because
 * Node has no call for it): a process that is killed leaves both of them whole, and neither is missing at any moment.
 */
import { createRequire } from "node:module";

const AT_FDCWD = -100;
const RENAME_EXCHANGE = 2;

/**
 * Both must exist, on one file system. False, having changed nothing, where the platform or the file system cannot do
 * it, or refuses: the caller then renames them one after the other, and meets the same refusal with its name.
 */
export function exchangePaths(a: string, b: string): boolean {
  return loadRename()?.(AT_FDCWD, a, AT_FDCWD, b, RENAME_EXCHANGE) === 0;
}

type Rename = (fromFolder: number, from: string, toFolder: number, to: string, flags: number) => number;

function loadRename(): Rename | undefined {
  if (process.platform !== "linux") return undefined;
  try {
    const koffi = createRequire(import.meta.url)("koffi") as typeof import("koffi");
    return koffi.load(null).func("int renameat2(int, const char *, int, const char *, unsigned int)");
  } catch {
    // No build of the addon for this platform, or a C library without the call.
    return undefined;
  }
}

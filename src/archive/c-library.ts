/** Calls of the C library that Node does not offer. Their constants here are those of 64-bit Linux. */
import { createRequire } from "node:module";

type Koffi = typeof import("koffi");

export interface CLibrary {
  /** Undefined where the library lacks the function. */
  call<Call>(declaration: string): Call | undefined;
  /** Of the last call that was made from this thread. */
  errno(): number;
}

/** Undefined on another platform, or where there is no build of the addon for this one. */
export function loadCLibrary(): CLibrary | undefined {
  if (process.platform !== "linux" || !["x64", "arm64", "riscv64"].includes(process.arch)) return undefined;
  const koffi = orUndefined(() => createRequire(import.meta.url)("koffi") as Koffi);
  const library = orUndefined(() => koffi?.load(null));
  if (koffi === undefined || library === undefined) return undefined;
  return {
    call: <Call>(declaration: string) => orUndefined(() => library.func(declaration) as Call),
    errno: () => koffi.errno(),
  };
}

function orUndefined<T>(load: () => T): T | undefined {
  try {
    return load();
  } catch {
    return undefined;
  }
}

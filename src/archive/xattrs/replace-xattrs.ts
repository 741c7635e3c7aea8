/** Gives an entry exactly these extended attributes in place of its own. */
import { loadXattrCalls, XattrError, type XattrCalls } from "./xattr-calls.ts";

/** By name, both as byte strings. Empty where the platform has none. */
export function readXattrs(path: string): ReadonlyMap<string, Buffer> {
  const calls = loadXattrCalls();
  return new Map(namesOf(calls, path).map((name) => [name, calls?.get(path, name) ?? Buffer.alloc(0)]));
}

/** Throws an `XattrError` when one cannot be set; what the system gives to every file may stay. */
export function replaceXattrs(path: string, wanted: ReadonlyMap<string, Buffer>): void {
  const calls = loadXattrCalls();
  for (const name of namesOf(calls, path)) {
    if (!wanted.has(name) && !name.startsWith("security.")) calls?.remove(path, name);
  }
  for (const [name, value] of wanted) {
    if (name !== "security.selinux") calls?.set(path, name, value);
  }
}

function namesOf(calls: XattrCalls | undefined, path: string): string[] {
  try {
    return calls?.list(path) ?? [];
  } catch (error) {
    if (!(error instanceof XattrError)) throw error;
    return [];
  }
}

/** The C library's calls for extended attributes, which hold POSIX ACLs too. On an open file, or on a path without following it. */
import { constants } from "node:os";
import { getSystemErrorName } from "node:util";

import { loadCLibrary, type CLibrary } from "../c-library.ts";

/** An open file's descriptor, or the byte path of an entry that is not followed. */
export type EntryAt = number | string;

/** Names are byte strings. A call that fails throws an `XattrError`. */
export interface XattrCalls {
  /** One cheap call where there are none. */
  list(at: EntryAt): string[];
  get(at: EntryAt, name: string): Buffer;
  set(at: EntryAt, name: string, value: Buffer): void;
  remove(at: EntryAt, name: string): void;
}

export class XattrError extends Error {
  /** `ENOTSUP` where the file system has none of that kind. */
  readonly code: string;

  constructor(call: string, errno: number) {
    const code = errno === constants.errno.EOPNOTSUPP ? "ENOTSUP" : getSystemErrorName(-errno);
    super(`${call} failed with ${code}`);
    this.code = code;
  }
}

/** Undefined where the platform has no such calls. */
export function loadXattrCalls(): XattrCalls | undefined {
  const library = loadCLibrary();
  const bound = library === undefined ? undefined : bind(library);
  return library === undefined || bound === undefined ? undefined : callsOf(bound, library);
}

/** One for a descriptor, one for a path. */
type Call<Rest extends unknown[]> = (at: number | Buffer, ...rest: Rest) => number;

interface Bound {
  list: Call<[names: Buffer | null, size: number]>;
  get: Call<[name: Buffer, value: Buffer, size: number]>;
  set: Call<[name: Buffer, value: Buffer, size: number, flags: number]>;
  remove: Call<[name: Buffer]>;
}

function bind(library: CLibrary): Bound | undefined {
  const list = either<[Buffer | null, number]>(library, "int64_t", "listxattr", "void *, uint64_t");
  const get = either<[Buffer, Buffer, number]>(
    library,
    "int64_t",
    "getxattr",
    "const void *, void *, uint64_t",
  );
  const set = either<[Buffer, Buffer, number, number]>(
    library,
    "int",
    "setxattr",
    "const void *, const void *, uint64_t, int",
  );
  const remove = either<[Buffer]>(library, "int", "removexattr", "const void *");
  if (list === undefined || get === undefined || set === undefined || remove === undefined) return undefined;
  return { list, get, set, remove };
}

function either<Rest extends unknown[]>(
  library: CLibrary,
  result: string,
  name: string,
  rest: string,
): Call<Rest> | undefined {
  const ofFile = library.call<(fd: number, ...of: Rest) => number>(`${result} f${name}(int, ${rest})`);
  const ofPath = library.call<(path: Buffer, ...of: Rest) => number>(
    `${result} l${name}(const void *, ${rest})`,
  );
  if (ofFile === undefined || ofPath === undefined) return undefined;
  return (at, ...of) => (typeof at === "number" ? ofFile(at, ...of) : ofPath(at, ...of));
}

/** The kernel gives no larger value and no longer list. */
const LARGEST = 64 * 1024;

function callsOf({ list, get, set, remove }: Bound, library: CLibrary): XattrCalls {
  const paths = Buffer.alloc(8192);
  const names = Buffer.alloc(256 + 1);
  const found = Buffer.alloc(LARGEST);
  const place = (at: EntryAt): number | Buffer => (typeof at === "number" ? at : terminated(at, paths));
  const check = (result: number, call: string): number => {
    if (result < 0) throw new XattrError(call, library.errno());
    return result;
  };
  return {
    list(at) {
      const where = place(at);
      if (check(list(where, null, 0), "listxattr") === 0) return [];
      const length = check(list(where, found, LARGEST), "listxattr");
      return found.toString("latin1", 0, Math.max(0, length - 1)).split("\0");
    },
    get(at, name) {
      const length = check(get(place(at), terminated(name, names), found, LARGEST), "getxattr");
      return Buffer.from(found.subarray(0, length));
    },
    set(at, name, value) {
      check(set(place(at), terminated(name, names), value, value.length, 0), "setxattr");
    },
    remove(at, name) {
      check(remove(place(at), terminated(name, names)), "removexattr");
    },
  };
}

/** In the scratch buffer where it fits: this is called for every entry of a tree. */
function terminated(text: string, scratch: Buffer): Buffer {
  if (text.length >= scratch.length) return Buffer.from(`${text}\0`, "latin1");
  scratch[scratch.write(text, "latin1")] = 0;
  return scratch;
}

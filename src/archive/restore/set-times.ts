/**
 * Sets modification times to the nanosecond. Node's own calls take floating seconds, which today are exact to about 240 ns
 * only, so `utimensat` of the C library is called directly; where that cannot be loaded, Node's calls have to do.
 */
import { futimesSync, lutimesSync } from "node:fs";
import { createRequire } from "node:module";

export interface TimeSetter {
  /** Whether times are exact to the nanosecond. */
  readonly exact: boolean;
  ofFile(fd: number, mtimeNs: bigint): void;
  /** Of the link itself, where the byte path is a symlink. */
  ofPath(path: string, mtimeNs: bigint): void;
}

const AT_FDCWD = -100;
const AT_SYMLINK_NOFOLLOW = 0x100;
/** As nanoseconds of the access time: leave it alone. */
const UTIME_OMIT = 0x3ffffffen;
const NANOSECONDS = 1_000_000_000n;

export function createTimeSetter(): TimeSetter {
  return exactSetter() ?? ROUNDING;
}

const ROUNDING: TimeSetter = {
  exact: false,
  ofFile: (fd, mtimeNs) => futimesSync(fd, seconds(mtimeNs), seconds(mtimeNs)),
  ofPath: (path, mtimeNs) => lutimesSync(Buffer.from(path, "latin1"), seconds(mtimeNs), seconds(mtimeNs)),
};

function exactSetter(): TimeSetter | undefined {
  // The constants and the layout of timespec are those of 64-bit Linux.
  if (process.platform !== "linux" || !["x64", "arm64", "riscv64"].includes(process.arch)) return undefined;
  const library = loadLibrary();
  if (library === undefined) return undefined;
  const { utimensat, futimens, errno } = library;
  const times = new BigInt64Array([0n, UTIME_OMIT, 0n, 0n]);
  const fill = (mtimeNs: bigint): BigInt64Array => {
    const fraction = ((mtimeNs % NANOSECONDS) + NANOSECONDS) % NANOSECONDS;
    times[2] = (mtimeNs - fraction) / NANOSECONDS;
    times[3] = fraction;
    return times;
  };
  const check = (result: number, call: string): void => {
    if (result !== 0) throw new Error(`${call} returned error ${errno()}`);
  };
  return {
    exact: true,
    ofFile: (fd, mtimeNs) => check(futimens(fd, fill(mtimeNs)), "futimens"),
    ofPath: (path, mtimeNs) => {
      const bytes = Buffer.from(`${path}\0`, "latin1");
      check(utimensat(AT_FDCWD, bytes, fill(mtimeNs), AT_SYMLINK_NOFOLLOW), "utimensat");
    },
  };
}

interface CLibrary {
  utimensat: (directory: number, path: Buffer, times: BigInt64Array, flags: number) => number;
  futimens: (fd: number, times: BigInt64Array) => number;
  errno: () => number;
}

function loadLibrary(): CLibrary | undefined {
  try {
    const koffi = createRequire(import.meta.url)("koffi") as typeof import("koffi");
    const library = koffi.load(null);
    return {
      utimensat: library.func("int utimensat(int, const void *, const int64_t *, int)"),
      futimens: library.func("int futimens(int, const int64_t *)"),
      errno: () => koffi.errno(),
    };
  } catch {
    // No build of the addon for this platform: the caller says that times are rounded.
    return undefined;
  }
}

function seconds(nanoseconds: bigint): number {
  return Number(nanoseconds) / Number(NANOSECONDS);
}

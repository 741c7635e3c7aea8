/** What tar readers that are not ours make of an archive: what they list, and the tree that they extract. */
import { execFileSync } from "node:child_process";
import { mkdirSync } from "node:fs";
import { join } from "node:path";

import { treeByPython, type TreeByPython } from "./python-tree.ts";

/** One member as a reader lists it. */
export interface ListedMember {
  /** The bytes of its name in hex, without slashes at its end; of a link, tars show the target behind it. */
  name: string;
  /** As `ls -l` begins: type and mode. */
  mode: string;
  /** Of files; 0 of all others. */
  size: number;
  uid: number;
  gid: number;
  /** In nanoseconds; undefined where the reader shows less. */
  mtimeNs?: string | undefined;
  sha256?: string | undefined;
}

export interface ForeignReader {
  name: string;
  list(archive: string): ListedMember[];
  extract(archive: string, target: string): void;
}

const BIG = {
  maxBuffer: 2 ** 28,
  encoding: "latin1",
  env: { PATH: process.env["PATH"], TZ: "UTC", LC_ALL: "C.UTF-8" },
} as const;

/** `mode owner size date time name`; of devices, their number stands in the place of the size. */
const GNU_LINE =
  /^(\S{10})\S? +(\d+)\/(\d+) +(\d+(?:,\d+)?) ((-?\d+)-(\d\d-\d\d) (\d\d:\d\d:\d\d)(?:\.(\d+))?)( .*)$/;
/** Of the column of times, to which each line is filled up with spaces: a name may begin with some, too. It grows with what was shown. */
const GNU_TIME_WIDTH = "YYYY-MM-DD HH:MM".length;

export const gnuTar: ForeignReader = {
  name: "GNU tar",
  list(archive) {
    const how = ["--quoting-style=escape", "--numeric-owner", "--full-time", "--warning=no-unknown-keyword"];
    let width = GNU_TIME_WIDTH;
    return linesOf(execFileSync("tar", ["--zstd", "-tvf", archive, ...how], BIG)).map((line) => {
      const [, mode = "", uid, gid, size = "", stamp = "", year, day, time, fraction = "", rest = ""] =
        GNU_LINE.exec(line) ?? [];
      width = Math.max(width, stamp.length);
      const shown = rest.slice(width - stamp.length + 1);
      return {
        ...{ name: unescaped(shown), mode: modeOf(mode), uid: Number(uid), gid: Number(gid) },
        size: mode.startsWith("-") ? Number(size) : 0,
        mtimeNs: nanoseconds(Date.parse(`${sixDigits(year ?? "")}-${day}T${time}Z`), fraction),
      };
    });
  },
  extract(archive, target) {
    mkdirSync(target);
    const how = [
      "--numeric-owner",
      "--acls",
      "--xattrs",
      "--xattrs-include=*",
      "--warning=no-unknown-keyword",
    ];
    execFileSync("tar", ["--zstd", "-xpf", archive, "-C", target, ...how], { ...BIG, stdio: "pipe" });
  },
};

const BSD_LINE = /^(\S{10})\S? +\d+ +(\d+) +(\d+) +(\d+(?:,\d+)?) \w{3} [ \d]\d +[\d:]+ (.*)$/;

export const bsdTar: ForeignReader = {
  name: "bsdtar",
  list(archive) {
    return linesOf(execFileSync("bsdtar", ["-tvf", archive, "--numeric-owner"], BIG)).map((line) => {
      const [, mode = "", uid, gid, size = "", shown = ""] = BSD_LINE.exec(line) ?? [];
      return {
        ...{ name: unescaped(shown), mode: modeOf(mode), uid: Number(uid), gid: Number(gid) },
        size: mode.startsWith("-") ? Number(size) : 0,
      };
    });
  },
  extract(archive, target) {
    mkdirSync(target);
    // Without -P it takes a backslash in front of a name for one that makes it absolute, and drops it.
    execFileSync("bsdtar", ["-xpPf", archive, "--numeric-owner", "-C", target], { ...BIG, stdio: "pipe" });
  },
};

const TARFILE = `
import hashlib, json, os, stat, subprocess, sys, tarfile
from decimal import Decimal

KINDS = {tarfile.REGTYPE: 0o100000, tarfile.LNKTYPE: 0o100000, tarfile.SYMTYPE: 0o120000, tarfile.DIRTYPE: 0o040000,
         tarfile.FIFOTYPE: 0o010000, tarfile.CHRTYPE: 0o020000, tarfile.BLKTYPE: 0o060000}
archive, target = sys.argv[1:3]
zstd = subprocess.Popen(["zstd", "-dc", archive], stdout=subprocess.PIPE)
with tarfile.open(fileobj=zstd.stdout, mode="r|") as tar:
    if target:
        how = {"filter": "fully_trusted"} if hasattr(tarfile, "fully_trusted_filter") else {}
        tar.extractall(target, numeric_owner=True, **how)
    else:
        members = []
        for m in tar:
            entry = {"name": os.fsencode(m.name).rstrip(b"/").hex(), "mode": stat.filemode(KINDS[m.type] | m.mode),
                     "size": m.size if m.type == tarfile.REGTYPE else 0, "uid": m.uid, "gid": m.gid,
                     "mtimeNs": str(int(Decimal(m.pax_headers.get("mtime", str(m.mtime))) * 10**9))}
            if m.type == tarfile.REGTYPE:
                entry["sha256"] = hashlib.sha256(tar.extractfile(m).read()).hexdigest()
            if m.type == tarfile.LNKTYPE:
                entry["mode"] = "h" + entry["mode"][1:]
            members.append(entry)
        json.dump(members, sys.stdout)
sys.exit(zstd.wait())
`;

export const pythonTarfile: ForeignReader = {
  name: "Python's tarfile",
  list: (archive) => JSON.parse(execFileSync("python3", ["-c", TARFILE, archive, ""], BIG)) as ListedMember[],
  extract(archive, target) {
    mkdirSync(target);
    execFileSync("python3", ["-c", TARFILE, archive, target], { ...BIG, stdio: "pipe" });
  },
};

export const FOREIGN_READERS: readonly ForeignReader[] = [gnuTar, bsdTar, pythonTarfile];

/** The tree that a reader makes of an archive, as Python's standard library sees it. */
export function extractedBy(reader: ForeignReader, archive: string, work: string): TreeByPython {
  const target = join(work, reader.name);
  reader.extract(archive, target);
  return treeByPython(target);
}

function linesOf(text: string): string[] {
  return text.split("\n").slice(0, -1);
}

/** Both show bytes that cannot be printed as a backslash and a letter, or three octal digits. */
function unescaped(text: string): string {
  const letters: Record<string, string> = { n: "\n", t: "\t", r: "\r", a: "\x07", b: "\b", f: "\f", v: "\v" };
  const bytes = text.replace(/\\([0-7]{3}|.)/g, (_, escape: string) =>
    escape.length === 3 ? String.fromCharCode(parseInt(escape, 8)) : (letters[escape] ?? escape),
  );
  return Buffer.from(bytes.replace(/\/+$/, ""), "latin1").toString("hex");
}

/** A sign of ACLs may follow; hardlinks are shown as such. */
function modeOf(shown: string): string {
  return shown.slice(0, 10);
}

/** A year with more than four digits, as Date takes it. */
function sixDigits(year: string): string {
  if (/^\d{4}$/.test(year)) return year;
  return `${year.startsWith("-") ? "-" : "+"}${year.replace("-", "").padStart(6, "0")}`;
}

function nanoseconds(milliseconds: number, fraction: string): string {
  return String(BigInt(milliseconds) * 1_000_000n + BigInt(fraction.padEnd(9, "0")));
}

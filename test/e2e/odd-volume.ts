/** A volume for tests of restoring by hand: odd names, links, modes and times, changed between backups in every way. */
import { execFileSync } from "node:child_process";
import * as fs from "node:fs";
import { join } from "node:path";

const isRoot = process.geteuid?.() === 0;

const NOT_UTF8 = Buffer.from([0x66, 0xff, 0xfe]);
const ODD_NAMES = [
  "new\nline",
  "two  words ",
  `quotes ' " \``,
  "back\\slash\\n",
  "-n",
  "*",
  "$(touch x)",
  "žluť 🐎",
  "\ttab",
];

export class OddVolume {
  readonly root: string;

  constructor(root: string) {
    this.root = root;
  }

  at(name: string | Buffer): Buffer {
    return Buffer.concat([Buffer.from(`${this.root}/`), Buffer.from(name)]);
  }

  make(): void {
    for (const name of ["deleted/below", "kept", "odd"]) fs.mkdirSync(this.at(name), { recursive: true });
    for (const name of ODD_NAMES) fs.writeFileSync(this.at(`odd/${name}`), `content of ${name}`);
    fs.writeFileSync(this.at(NOT_UTF8), "not UTF-8");
    fs.writeFileSync(this.at("kept/big"), Buffer.alloc(9 * 2 ** 20, "big"));
    fs.writeFileSync(this.at("kept/touched"), "touched");
    fs.writeFileSync(this.at("kept/mode"), "mode");
    fs.writeFileSync(this.at("kept/moved"), "moved");
    fs.writeFileSync(this.at("kept/moved too"), "moved, to bytes");
    fs.writeFileSync(this.at("deleted/below/file"), "deleted");
    fs.writeFileSync(this.at("becomes a directory"), "a file");
    fs.mkdirSync(this.at("becomes a file"));
    fs.writeFileSync(this.at("becomes a symlink"), "a file");
    fs.writeFileSync(this.at("empty"), "");
    fs.writeFileSync(this.at("linked"), "linked");
    fs.linkSync(this.at("linked"), this.at("kept/linked again"));
    fs.linkSync(this.at("linked"), this.at("odd/new\nlink"));
    fs.symlinkSync("kept/big", this.at("soft"));
    fs.symlinkSync(NOT_UTF8, this.at("odd/soft"));
    execFileSync("mkfifo", [join(this.root, "fifo")]);
    fs.chmodSync(this.at("kept/mode"), 0o4711);
    for (const [name, time] of TIMES) execFileSync("touch", ["-h", "-d", time, join(this.root, name)]);
    if (isRoot) fs.lchownSync(this.at("soft"), 12, 34);
    if (isRoot) fs.chownSync(this.at("kept/big"), 3_000_000, 7);
  }

  changeOnce(): void {
    fs.rmSync(this.at("deleted"), { recursive: true });
    fs.mkdirSync(this.at("fresh"));
    fs.renameSync(this.at("kept/moved"), this.at("fresh/'mo\nved'"));
    fs.renameSync(this.at("kept/moved too"), this.at(NOT_UTF8_TOO));
    fs.renameSync(this.at(NOT_UTF8), this.at("utf-8 now"));
    fs.utimesSync(this.at("kept/touched"), 1, 2);
    fs.chmodSync(this.at("kept/mode"), 0o640);
    fs.rmSync(this.at("becomes a directory"));
    fs.mkdirSync(this.at("becomes a directory"));
    fs.writeFileSync(this.at("becomes a directory/file"), "now below");
    fs.rmdirSync(this.at("becomes a file"));
    fs.writeFileSync(this.at("becomes a file"), "a file now");
    fs.writeFileSync(this.at("odd/new file"), "new");
    fs.linkSync(this.at("kept/big"), this.at("odd/big"));
  }

  changeAgain(): void {
    fs.rmSync(this.at("becomes a symlink"));
    fs.symlinkSync("/etc/passwd", this.at("becomes a symlink"));
    fs.renameSync(this.at("fresh"), this.at("moved on"));
    fs.writeFileSync(this.at("odd/*"), "changed");
    fs.rmSync(this.at("linked"));
    if (isRoot) fs.chownSync(this.at("odd/-n"), 5, 6);
    fs.chmodSync(this.at("kept"), 0o2750);
  }
}

const NOT_UTF8_TOO = Buffer.concat([Buffer.from("fresh/"), Buffer.from([0x80, 0x0a, 0xff])]);
const TIMES = [
  ["kept/big", "2001-02-03T04:05:06.123456789Z"],
  ["empty", "1969-12-31T23:59:58.250000000Z"],
  ["soft", "2040-01-01T00:00:00.000000001Z"],
  ["kept", "1999-01-01T00:00:00.5Z"],
] as const;

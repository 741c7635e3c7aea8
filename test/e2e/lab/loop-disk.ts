/** Disks of this machine as a cloud attaches them: loop devices with a file system each, and the links by which udev names them. */
import { randomBytes } from "node:crypto";
import { mkdir, writeFile } from "node:fs/promises";
import { spawnSync } from "node:child_process";
import { truncateSync, mkdirSync, rmSync, symlinkSync } from "node:fs";
import { join } from "node:path";
import { must, run } from "./command.ts";

const BY_ID = "/dev/disk/by-id";
const SIZE = 16 * 1024 ** 2;

export class LoopDisks {
  /** Unique on this machine. */
  readonly deviceName = `lab-${randomBytes(4).toString("hex")}`;
  readonly mountPoint: string;
  readonly #directory: string;
  readonly #devices = new Map<string, string>();

  constructor(directory: string) {
    this.#directory = directory;
    this.mountPoint = join(directory, "mnt");
  }

  /** A disk that holds one file, `content`. */
  async make(name: string, content: string): Promise<void> {
    const image = join(this.#directory, `${name}.img`);
    await writeFile(image, "");
    truncateSync(image, SIZE);
    await must("/usr/sbin/mkfs.ext4", ["-q", image]);
    this.#devices.set(name, (await must("/usr/sbin/losetup", ["--find", "--show", image])).trim());
    await this.change(name, content);
  }

  /** Of a disk that is mounted nowhere else, or the one that is. */
  async change(name: string, content: string): Promise<void> {
    const aside = join(this.#directory, "aside");
    await mkdir(aside, { recursive: true });
    await must("/usr/bin/mount", [this.#device(name), aside]);
    await writeFile(join(aside, "content"), `${content}\n`);
    await must("/usr/bin/umount", [aside]);
  }

  /** Synchronously: whoever asks the cloud next sees it. */
  link(name: string | undefined): void {
    const link = join(BY_ID, `google-${this.deviceName}`);
    rmSync(link, { force: true });
    if (name === undefined) return;
    mkdirSync(BY_ID, { recursive: true });
    symlinkSync(this.#device(name).replace("/dev/", "../../"), link);
  }

  async mount(name: string, options: string): Promise<void> {
    await mkdir(this.mountPoint, { recursive: true });
    await must("/usr/bin/mount", ["-o", options, this.#device(name), this.mountPoint]);
  }

  /** `/dev/loop3 rw,noatime` */
  async mounted(): Promise<{ disk: string | undefined; options: string }> {
    const found = await run("/usr/bin/findmnt", [
      "--noheadings",
      "--output",
      "SOURCE,OPTIONS",
      this.mountPoint,
    ]);
    const [device, options = ""] = found.stdout.trim().split(/\s+/);
    return { disk: [...this.#devices].find(([, path]) => path === device)?.[0], options };
  }

  /** Asked by freezing it: what is frozen cannot be frozen again. */
  isFrozen(): boolean {
    const freeze = (way: string) => spawnSync("/usr/sbin/fsfreeze", [way, this.mountPoint]).status === 0;
    if (!freeze("--freeze")) return true;
    if (!freeze("--unfreeze")) throw new Error(`${this.mountPoint} could not be thawed.`);
    return false;
  }

  async remove(): Promise<void> {
    this.link(undefined);
    for (const at of [this.mountPoint, join(this.#directory, "aside")]) {
      await run("/usr/sbin/fsfreeze", ["--unfreeze", at]);
      await run("/usr/bin/umount", ["--lazy", at]);
    }
    for (const device of this.#devices.values()) await run("/usr/sbin/losetup", ["--detach", device]);
  }

  #device(name: string): string {
    const device = this.#devices.get(name);
    if (device === undefined) throw new Error(`There is no disk ${name}.`);
    return device;
  }
}

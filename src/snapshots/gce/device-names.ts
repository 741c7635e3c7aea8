/**
 * Under which device names the disks below a path's file system are attached, from what the kernel tells also in a container: the number of
 * the device, what it is made of, and what the disk says of itself.
 */
import { readdir, readFile, readlink, realpath, stat } from "node:fs/promises";
import { join } from "node:path";
import { HoldfastError } from "../../domain/errors.ts";

/** A volume on a mapper on a raid is three; more is a loop. */
const MAX_DEPTH = 8;

interface Search {
  what: string;
  root: string;
}

export async function deviceNamesBehind(path: string, { what, root }: Search): Promise<string[]> {
  const { dev } = await stat(path).catch((error: unknown) => {
    throw new HoldfastError("not-found", { what, why: `${path} cannot be read`, cause: error });
  });
  return deviceNamesOf(numberOf(dev), { what, root });
}

/** `device`: `8:17`. */
export async function deviceNamesOf(device: string, { what, root }: Search): Promise<string[]> {
  const disks = await wholeDisks(join(root, "sys/dev/block", device), 0);
  if (disks.length === 0) throw unclear(what, "its file system is on no disk");
  const names = [];
  for (const disk of disks) {
    const name = await deviceNameOf(disk, root);
    if (name === undefined)
      throw unclear(what, `nothing tells by which name the disk ${disk.name} is attached`);
    names.push(name);
  }
  return [...new Set(names)].sort();
}

interface WholeDisk {
  /** `sdb` */
  name: string;
  /** Its directory in sysfs. */
  directory: string;
  /** `8:16` */
  device: string;
}

/** Of a partition the disk that it is of; of a mapped device, those that it is made of. */
async function wholeDisks(link: string, depth: number): Promise<WholeDisk[]> {
  const directory = await realpath(link).catch(() => undefined);
  if (directory === undefined || depth > MAX_DEPTH) return [];
  if ((await textOf(join(directory, "partition"))) !== undefined) {
    return wholeDisks(join(directory, ".."), depth + 1);
  }
  const below = await readdir(join(directory, "slaves")).catch(() => []);
  if (below.length > 0) {
    const found = await Promise.all(
      below.map((name) => wholeDisks(join(directory, "slaves", name), depth + 1)),
    );
    return found.flat();
  }
  const device = await textOf(join(directory, "dev"));
  return device === undefined
    ? []
    : [{ name: directory.slice(directory.lastIndexOf("/") + 1), directory, device }];
}

async function deviceNameOf(disk: WholeDisk, root: string): Promise<string | undefined> {
  return (
    (await nameByLinks(disk, root)) ?? (await nameByUdev(disk, root)) ?? (await nameByIdentification(disk))
  );
}

/** The links that udev makes, where the machine's own are mounted. */
async function nameByLinks({ name }: WholeDisk, root: string): Promise<string | undefined> {
  const directory = join(root, "dev/disk/by-id");
  for (const link of await readdir(directory).catch(() => [])) {
    const target = await readlink(join(directory, link)).catch(() => "");
    if (target.endsWith(`/${name}`) && link.startsWith("google-")) return link.slice("google-".length);
  }
  return undefined;
}

/** What udev keeps of a device: `S:disk/by-id/google-data`. */
async function nameByUdev({ device }: WholeDisk, root: string): Promise<string | undefined> {
  const kept = await textOf(join(root, "run/udev/data", `b${device}`));
  return kept === undefined ? undefined : /^S:disk\/by-id\/google-(.+)$/m.exec(kept)?.[1];
}

/** The page of identification of a SCSI disk, of which udev makes the links: `Google  PersistentDisk  data`. */
async function nameByIdentification({ directory }: WholeDisk): Promise<string | undefined> {
  const page = await readFile(join(directory, "device/vpd_pg83"), "latin1").catch(() => "");
  return /Google\s+PersistentDisk\s+([\w.-]+)/.exec(page)?.[1];
}

async function textOf(path: string): Promise<string | undefined> {
  return readFile(path, "utf8").then(
    (content) => content.trim(),
    () => undefined,
  );
}

/** As glibc's `major` and `minor` take it apart. */
function numberOf(dev: number): string {
  const number = BigInt(dev);
  const major = ((number >> 8n) & 0xfffn) | ((number >> 32n) & 0xfffff000n);
  const minor = (number & 0xffn) | ((number >> 12n) & 0xffffff00n);
  return `${major}:${minor}`;
}

function unclear(what: string, why: string): HoldfastError {
  return new HoldfastError("refused", { what, why, next: "name the disk" });
}

/** A disk of this machine as a cloud attaches it: a loop device, and the link by which udev names it. */
import { cp, mkdir, rm, symlink, truncate, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { must } from "./command.ts";

/** Gives what takes it away again. */
export async function attachDisk(
  directory: string,
  name: string,
  fill: (root: string) => void,
): Promise<() => Promise<void>> {
  const [image, aside] = [join(directory, "disk.img"), join(directory, "aside")];
  await mkdir(aside);
  await writeFile(image, "");
  await truncate(image, 16 * 1024 ** 2);
  await must("/usr/sbin/mkfs.ext4", ["-q", image]);
  await must("/usr/bin/mount", ["-o", "loop", image, aside]);
  fill(aside);
  // As a snapshot is taken: of a file system in use, whose log has yet to be written back.
  await must("/usr/bin/sync", ["-f", aside]);
  await cp(image, `${image}.snapshot`);
  await must("/usr/bin/umount", [aside]);
  const device = (await must("/usr/sbin/losetup", ["--find", "--show", `${image}.snapshot`])).trim();
  const link = `/dev/disk/by-id/google-${name}`;
  await mkdir("/dev/disk/by-id", { recursive: true });
  await symlink(device.replace("/dev/", "../../"), link);
  return async () => {
    await rm(link);
    await must("/usr/sbin/losetup", ["--detach", device]);
  };
}

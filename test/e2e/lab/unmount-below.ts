/** What a container that outlived its engine, or a killed debootstrap, leaves mounted keeps a directory from being removed. */
import { readFile } from "node:fs/promises";
import { must } from "./command.ts";

export async function unmountBelow(directory: string): Promise<void> {
  const mounts = (await readFile("/proc/self/mounts", "utf8"))
    .split("\n")
    .map((line) => line.split(" ")[1] ?? "")
    .filter((path) => path.startsWith(`${directory}/`));
  for (const path of mounts.reverse()) await must("umount", ["-l", path]);
}

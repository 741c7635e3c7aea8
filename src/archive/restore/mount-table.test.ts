import { describe, expect, it } from "vitest";

import { contains, locate, mountsBelow, parseMounts } from "./mount-table.ts";

const MOUNTS = parseMounts(
  [
    "22 1 254:0 / / rw,relatime shared:1 - ext4 /dev/vda rw",
    "30 22 254:16 /volumes/archive /archive rw - ext4 /dev/vdb rw",
    "31 22 254:16 / /mnt/disk rw - ext4 /dev/vdb rw",
    "32 22 0:30 / /mnt/with\\040space rw - tmpfs tmpfs rw",
    "33 22 0:31 / /mnt rw - tmpfs tmpfs rw",
    "34 22 0:32 / /mnt rw - tmpfs tmpfs rw",
    "",
  ].join("\n"),
);

describe("the table of mounts", () => {
  it("gives one directory one location, by whichever mount it is reached", () => {
    expect(locate(MOUNTS, "/archive/stack")).toEqual({ device: "254:16", path: "/volumes/archive/stack" });
    expect(locate(MOUNTS, "/mnt/disk/volumes/archive/stack")).toEqual(locate(MOUNTS, "/archive/stack"));
    expect(locate(MOUNTS, "/archived")).toEqual({ device: "254:0", path: "/archived" });
  });

  it("takes the last of the mounts on one point", () => {
    expect(locate(MOUNTS, "/mnt/x")).toEqual({ device: "0:32", path: "/x" });
  });

  it("knows what is mounted below a directory, and not what is mounted on it", () => {
    expect(mountsBelow(MOUNTS, "/mnt")).toEqual(["/mnt/disk", "/mnt/with space"]);
    expect(mountsBelow(MOUNTS, "/archive")).toEqual([]);
    expect(mountsBelow(MOUNTS, "/arch")).toEqual([]);
    expect(mountsBelow(MOUNTS, "/")).toContain("/archive");
  });

  it("takes names that begin alike for different directories", () => {
    expect([contains("/a/b", "/a/b/c"), contains("/a/b", "/a/bc"), contains("/", "/x")]).toEqual([
      true,
      false,
      true,
    ]);
  });
});

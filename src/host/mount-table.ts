/** The kernel's table of mounts, whole. https://man7.org/linux/man-pages/man5/proc_pid_mountinfo.5.html */

export interface TableMount {
  id: string;
  parent: string;
  /** The file system, as major:minor. */
  device: string;
  /** Which directory of the file system is mounted. */
  root: string;
  point: string;
  type: string;
  /** Of the mount, then of the file system, each once. */
  options: string;
  /** The peer group that it shares mounts with. */
  shared: string | undefined;
  /** The peer group whose mounts it receives. */
  master: string | undefined;
}

export function parseMountTable(table: string): TableMount[] {
  return table.split("\n").flatMap((line) => {
    const [before = "", after = ""] = line.split(" - ");
    const [id, parent, device, root, point, own, ...tags] = before.split(" ");
    const [type, , ofFileSystem = ""] = after.split(" ");
    if (id === undefined || parent === undefined || device === undefined || type === undefined) return [];
    if (root === undefined || point === undefined || own === undefined) return [];
    const tag = (name: string) => tags.find((each) => each.startsWith(`${name}:`))?.slice(name.length + 1);
    return [
      {
        ...{ id, parent, device, type, root: unescape(root), point: unescape(point) },
        options: optionsOf(own, ofFileSystem),
        ...{ shared: tag("shared"), master: tag("master") },
      },
    ];
  });
}

/** Whether it may be written to is the mount's to say. What security modules add is not to be given back to `mount`. */
function optionsOf(own: string, ofFileSystem: string): string {
  const more = ofFileSystem.split(",").filter((option) => !["rw", "ro", "seclabel", ""].includes(option));
  return [...new Set([...own.split(","), ...more])].join(",");
}

/** Spaces, tabs, line ends and backslashes are written in octal. */
function unescape(field: string): string {
  return field.replace(/\\([0-7]{3})/g, (_, octal: string) => String.fromCharCode(Number.parseInt(octal, 8)));
}

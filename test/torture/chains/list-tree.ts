/** The entries of a tree by what can be done with them, as byte strings in the order of a walk. */
import { lstatSync, readdirSync } from "node:fs";

export interface ListedTree {
  files: string[];
  directories: string[];
  symlinks: Set<string>;
  /** All of them, and whatever else there is. */
  entries: string[];
}

/** `root` is an absolute path; names that are left out are those of entries of it. */
export function listTree(root: string, leftOut: readonly string[] = []): ListedTree {
  const tree: ListedTree = { files: [], directories: [], symlinks: new Set(), entries: [] };
  const visit = (directory: string): void => {
    for (const name of readdirSync(pathIn(root, directory), { encoding: "latin1" }).sort()) {
      const path = directory === "" ? name : `${directory}/${name}`;
      if (leftOut.includes(path)) continue;
      const stats = lstatSync(pathIn(root, path));
      tree.entries.push(path);
      if (stats.isFile()) tree.files.push(path);
      if (stats.isSymbolicLink()) tree.symlinks.add(path);
      if (!stats.isDirectory()) continue;
      tree.directories.push(path);
      visit(path);
    }
  };
  visit("");
  return tree;
}

/** What `node:fs` takes for a byte string in the tree. */
export function pathIn(root: string, path: string): Buffer {
  return Buffer.from(path === "" ? root : `${root}/${path}`, "latin1");
}

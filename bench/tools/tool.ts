/** What the bench needs of a backup tool: the commands that a user would type. */

export interface Command {
  program: string;
  args: readonly string[];
  cwd?: string;
  env?: Readonly<Record<string, string>>;
}

export interface Tool {
  readonly name: string;
  /** The directory of its repository and of nothing else: what the tool stored is all that is here. */
  readonly repository: string;
  /** What makes an empty repository, where that takes a command; not measured. */
  initialize?(): Command;
  backup(tree: string): Command;
  /** The newest backup, to a directory that is there and empty. */
  restore(target: string): Command;
  /** One file of the newest backup, likewise; undefined where the tool has to read everything for it. */
  restoreFile?(path: string, target: string): Command;
}

export interface ToolKind {
  readonly name: string;
  readonly versionCommand: Command;
  /** Debian's name of it. */
  readonly debianPackage: string;
  /** `place` is a directory of its own, for its repository, caches and state; it is there, and empty. */
  create(place: string): Tool;
}

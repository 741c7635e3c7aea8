/** Sets the extended attributes that an entry had, as far as this process and file system can. */
import { loadXattrCalls, XattrError, type EntryAt, type XattrCalls } from "./xattr-calls.ts";
import { ACCESS_ACL, DEFAULT_ACL, type XattrFields } from "./xattrs.ts";

interface EntryWithXattrs {
  path: string;
  xattrs?: XattrFields;
}

/** Takes what could not be set: a plural, the entry, the reason. */
interface Losses {
  add(kind: string, path: string, why: string): void;
}

/** A label of the system's policy: a file that is made here gets the one that is right here. */
const NOT_MISSED = "security.selinux";

export class XattrSetter {
  readonly #calls: XattrCalls | undefined = loadXattrCalls();
  readonly #losses: Losses;

  constructor(losses: Losses) {
    this.#losses = losses;
  }

  /** All but ACLs. Before the mode is set: a file that may not be written to takes none from its owner. */
  setPlain(at: EntryAt, entry: EntryWithXattrs): void {
    if (entry.xattrs !== undefined) this.#set(at, entry, entry.xattrs, (name) => !isAcl(name));
  }

  /** After the mode is set, which changes them. */
  setAcls(at: EntryAt, entry: EntryWithXattrs): void {
    if (entry.xattrs !== undefined) this.#set(at, entry, entry.xattrs, isAcl);
  }

  /** Ones that a directory has from its parent. */
  clearAcls(directory: string): void {
    for (const name of [ACCESS_ACL, DEFAULT_ACL]) {
      try {
        this.#calls?.remove(directory, name);
      } catch (error) {
        // It had none, or its file system knows none.
        if (!(error instanceof XattrError)) throw error;
      }
    }
  }

  #set(
    at: EntryAt,
    { path }: EntryWithXattrs,
    fields: XattrFields,
    isWanted: (name: string) => boolean,
  ): void {
    for (const [name, value] of Object.entries(fields)) {
      if (!isWanted(name)) continue;
      const failure = this.#failureOf(at, name, Buffer.from(value, "base64"));
      if (failure !== undefined && name !== NOT_MISSED) this.#losses.add(kindOf(name), path, failure);
    }
  }

  #failureOf(at: EntryAt, name: string, value: Buffer): string | undefined {
    if (this.#calls === undefined) return "this platform has no calls for them";
    try {
      this.#calls.set(at, Buffer.from(name).toString("latin1"), value);
      return undefined;
    } catch (error) {
      if (!(error instanceof XattrError)) throw error;
      return REASONS[error.code] ?? error.message;
    }
  }
}

const REASONS: Record<string, string> = {
  ENOTSUP: "the target's file system cannot hold them",
  EPERM: "only root may set them",
  EACCES: "only root may set them",
};

function isAcl(name: string): boolean {
  return name === ACCESS_ACL || name === DEFAULT_ACL;
}

/** By namespace, since that decides who may set them where. */
function kindOf(name: string): string {
  if (isAcl(name)) return "ACLs";
  if (name === "security.capability") return "file capabilities";
  return `extended attributes ${name.slice(0, name.indexOf(".") + 1)}*`;
}

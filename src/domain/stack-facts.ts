/** What a stack is beside its data, as a point of the config job tells it: enough to make it again on another machine. */

export interface StackDescription {
  format: 1;
  stack: string;
  /** The Compose project. */
  project: string;
  /** The Compose service of Holdfast itself. */
  service?: string | undefined;
  /** Where the Compose files were on the machine; undefined: not known. */
  workingDirectory?: string | undefined;
  /** In the order in which Compose reads them. */
  composeFiles: readonly CopiedFile[];
  /** Undefined: there was none. */
  configFile?: (CopiedFile & { onHost?: string | undefined }) | undefined;
  /** What stood in those files, or beside them, and is in no point. */
  secrets: readonly LeftOut[];
  jobs: readonly DescribedJob[];
  volumes: readonly DescribedVolume[];
}

export interface CopiedFile {
  /** Where it was. */
  path: string;
  /** Its name in the point; undefined: it could not be read. */
  copy?: string | undefined;
}

/** Has to be put back by hand before the stack can start. */
export interface LeftOut {
  kind: "variable" | "file";
  /** Of the variable, or path of the file. */
  name: string;
  /** What needs it: `service db`, `stores.offsite.secretAccessKey`. */
  for: string;
}

export interface DescribedJob {
  job: string;
  kind: string;
  /** Full name of the volume that its source is, or lies in. */
  volume?: string | undefined;
  /** Path of the source in that volume; undefined: all of it. */
  below?: string | undefined;
  /** The source in the container of Holdfast. */
  path?: string | undefined;
}

export interface DescribedVolume {
  name: string;
  key?: string | undefined;
  driver: string;
}

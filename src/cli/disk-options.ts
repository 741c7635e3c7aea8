/** The options of `holdfast restore` that are for points of disks. */
export interface DiskOptions {
  toDisk?: string;
  disk?: string;
  zone?: string;
  region?: string;
  replicaZones?: string[];
  type?: string;
  attach?: string;
  deviceName?: string;
  readOnly?: boolean;
  /** Only with `replace`. */
  dryRun?: boolean;
}

export interface DiskRestoreOptions extends DiskOptions {
  at?: string;
  point?: string;
  replace?: boolean;
  yes?: boolean;
}

/**
 * The disks of the machine as its own kernel and processes see them, and where they are mounted there: what no container sees that has not
 * been given the right to. Every method leaves everything else of the machine as it is.
 */
export interface HostMounts {
  /** Undefined as long as the machine sees no disk that is attached under this device name. */
  look(deviceName: string, signal: AbortSignal): Promise<HostDisk | undefined>;
  /** Throws `refused` while a process uses it: nothing is unmounted by force, or later. */
  unmount(at: string, signal: AbortSignal): Promise<void>;
  mount(mount: HostMount, signal: AbortSignal): Promise<void>;
}

export interface HostDisk {
  /** Where it, or partitions of it, are mounted on the machine, in the order in which they were. */
  mounts: readonly MountedHere[];
  /** What else holds it: processes with something open, and containers that have it mounted for themselves. */
  users: readonly DiskUser[];
  /** What is made of it: a volume of a volume manager, a raid. */
  madeOfIt: readonly string[];
  /** The container engine keeps its own files on it. */
  holdsEngine: boolean;
}

export interface HostMount {
  /** `/dev/disk/by-id/google-data-part1` */
  source: string;
  at: string;
  /** `ext4` */
  type: string;
  /** As the kernel tells them: `rw,relatime,discard`. */
  options: string;
}

export interface MountedHere extends HostMount {
  /** Which directory of the file system is mounted. */
  root: string;
}

export interface DiskUser {
  pid: number;
  /** Its short name. */
  command: string;
  /** The id of the container that it runs in, where it runs in one. */
  container: string | undefined;
}

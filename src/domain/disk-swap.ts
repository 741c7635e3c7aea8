/** A disk that is put in another one's place on a running machine, under the same device name. Pure. */

export interface DiskSwap {
  machine: ZonalName;
  deviceName: string;
  old: ZonalName;
  /** Made of a snapshot of the old one. */
  fresh: ZonalName;
  readOnly: boolean;
  mount: { source: string; at: string; type: string; options: string };
}

export interface ZonalName {
  zone: string;
  name: string;
}

/** As the machine's own device manager calls a disk that is attached under this name. */
export function devicePath(deviceName: string): string {
  return `/dev/disk/by-id/google-${deviceName}`;
}

export interface SwapCommands extends DiskSwap {
  project: string | undefined;
  /** Compose's, and its services that use the disk. */
  stack: string | undefined;
  services: readonly string[];
}

/** What somebody types on the machine to do the same by hand, in this order. */
export function swapCommands(of: SwapCommands): string[] {
  const { machine, deviceName, old, fresh, readOnly, mount, project, stack, services } = of;
  const ofProject = project === undefined ? [] : [`--project=${project}`];
  const where = [...ofProject, `--zone=${machine.zone}`].join(" ");
  const compose = stack === undefined ? "docker compose" : `docker compose --project-name ${stack}`;
  const named = services.join(" ");
  return [
    ...(services.length === 0 ? [] : [`${compose} stop ${named}`]),
    `sudo umount ${mount.at}`,
    `gcloud compute instances detach-disk ${machine.name} ${where} --disk=${old.name}`,
    `gcloud compute instances attach-disk ${machine.name} ${where} --disk=${fresh.name} --device-name=${deviceName}${readOnly ? " --mode=ro" : ""}`,
    `sudo mount -t ${mount.type} -o ${mount.options} ${mount.source} ${mount.at}`,
    ...(services.length === 0 ? [] : [`${compose} start ${named}`]),
  ];
}

/** Once nobody misses anything. */
export function deleteCommand({ zone, name }: ZonalName, project: string | undefined): string {
  const ofProject = project === undefined ? "" : ` --project=${project}`;
  return `gcloud compute disks delete ${name}${ofProject} --zone=${zone}`;
}

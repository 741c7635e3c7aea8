/** How a whole machine is made again from the snapshots of its disks: Markdown, with the exact commands of gcloud. Pure. */
import type { DiskPlace } from "../domain/disk-snapshot.ts";
import { toIso } from "../domain/instant.ts";
import type { CatalogPoint } from "../domain/recovery-point.ts";
import { snapshotsIn, type SnapshotFacts } from "../domain/snapshot-facts.ts";
import type { AttachedDisk, CloudDisk, CloudMachine } from "../ports/snapshot-provider.ts";

export interface RunbookFacts {
  project: string;
  /** Of the machine's disks, as far as they are there still. */
  disks: readonly CloudDisk[];
}

/** What a disk of the machine is made again from; undefined: nothing, as no job takes snapshots of it. */
interface Remade {
  attached: AttachedDisk;
  name: string;
  from: { point: CatalogPoint; snapshot: SnapshotFacts } | undefined;
  was: CloudDisk | undefined;
}

const SUFFIX = "-new";
const MAX_NAME = 63;

/** `points` of any jobs, in any order: of each disk the newest is taken. */
export function vmRunbook(
  machine: CloudMachine,
  points: readonly CatalogPoint[],
  facts: RunbookFacts,
): string {
  const remade = machine.disks.map((attached) => remadeOf(attached, points, facts));
  const lost = remade.filter(({ from, attached }) => from === undefined && !attached.boot);
  const { name, zone } = machine.machine;
  return [
    `# The machine ${name} in ${zone} again`,
    "",
    `Nothing that is there is touched: the new machine is \`${newName(name)}\`, beside the old one. In another zone, replace \`${zone}\` everywhere.`,
    "",
    table(remade),
    ...lost.map(
      ({ attached: { disk } }) => `\n**No job takes snapshots of ${disk.name}: what it holds is lost.**`,
    ),
    "",
    "## 1. Make the disks",
    "",
    block(remade.flatMap((each) => createDisk(each, machine, facts))),
    "",
    "## 2. Make the machine",
    "",
    block([createMachine(machine, remade, facts)]),
    "",
    ...afterwards(machine, remade),
  ].join("\n");
}

function remadeOf(attached: AttachedDisk, points: readonly CatalogPoint[], { disks }: RunbookFacts): Remade {
  const { disk } = attached;
  const found = points
    .flatMap((point) => snapshotsIn(point.record).map((snapshot) => ({ point, snapshot })))
    .filter(({ snapshot }) => snapshot.disk === disk.name && isIn(snapshot, disk))
    .toSorted((a, b) => b.point.startedAt - a.point.startedAt);
  const was = disks.find((known) => known.disk.name === disk.name);
  return { attached, name: newName(disk.name), from: found[0], was };
}

function isIn({ zone, region }: SnapshotFacts, place: DiskPlace): boolean {
  return "zone" in place ? zone === place.zone : region === place.region;
}

function newName(name: string): string {
  return `${name.slice(0, MAX_NAME - SUFFIX.length).replace(/-+$/, "")}${SUFFIX}`;
}

function table(remade: readonly Remade[]): string {
  const rows = remade.map(({ attached: { disk, deviceName, boot }, from }) => {
    const source =
      from === undefined
        ? boot
          ? "the image"
          : "nothing"
        : `${from.point.id} of job ${from.point.job} (${toIso(from.point.startedAt)})`;
    return `| ${disk.name}${boot ? " (boot)" : ""} | ${deviceName} | ${source} |`;
  });
  return ["| disk | device name | is made from |", "| --- | --- | --- |", ...rows].join("\n");
}

function createDisk(
  { attached, name, from, was }: Remade,
  { machine: { zone } }: CloudMachine,
  { project }: RunbookFacts,
): string[] {
  if (from === undefined) return [];
  const place =
    "zone" in attached.disk
      ? [`--zone=${zone}`]
      : // Which two they were, only the old disk knows.
        [`--region=${attached.disk.region}`, `--replica-zones=${zone},OTHER_ZONE`];
  return [
    command(`gcloud compute disks create ${name}`, [
      `--project=${project}`,
      ...place,
      `--source-snapshot=${from.snapshot.name}`,
      ...(was === undefined ? [] : [`--type=${was.type}`]),
      ...(was?.kmsKeyName === undefined
        ? []
        : [`--kms-key=${was.kmsKeyName.replace(/\/cryptoKeyVersions\/.*/, "")}`]),
    ]),
  ];
}

function createMachine(of: CloudMachine, remade: readonly Remade[], { project }: RunbookFacts): string {
  const { machine, machineType, tags, labels, networks, serviceAccounts, deletionProtection } = of;
  const [account] = serviceAccounts;
  const bootsFromImage = remade.some(({ attached, from }) => attached.boot && from === undefined);
  const labelText = Object.entries(labels).map(([key, value]) => `${key}=${value}`);
  return command(`gcloud compute instances create ${newName(machine.name)}`, [
    `--project=${project}`,
    `--zone=${machine.zone}`,
    `--machine-type=${machineType}`,
    ...(bootsFromImage ? [`--image=${of.image ?? "IMAGE"}`] : []),
    ...remade.flatMap(diskOption),
    ...networks.map(({ network, subnetwork, externalIp }) => {
      const subnet = subnetwork === undefined ? [] : [`subnet=${subnetwork}`];
      return `--network-interface=${[`network=${network}`, ...subnet, ...(externalIp === undefined ? ["no-address"] : [])].join(",")}`;
    }),
    ...(tags.length === 0 ? [] : [`--tags=${tags.join(",")}`]),
    ...(labelText.length === 0 ? [] : [`--labels=${labelText.join(",")}`]),
    ...(account === undefined
      ? ["--no-service-account", "--no-scopes"]
      : [`--service-account=${account.email}`, `--scopes=${account.scopes.join(",")}`]),
    ...(deletionProtection ? ["--deletion-protection"] : []),
  ]);
}

function diskOption({
  attached: { disk, deviceName, boot, readOnly, autoDelete },
  name,
  from,
}: Remade): string[] {
  if (from === undefined) return [];
  const facts = [
    ...[`name=${name}`, `device-name=${deviceName}`, `mode=${readOnly ? "ro" : "rw"}`],
    ...[`boot=${boot ? "yes" : "no"}`, `auto-delete=${autoDelete ? "yes" : "no"}`],
    ...("region" in disk ? ["scope=regional"] : []),
  ];
  return [`--disk=${facts.join(",")}`];
}

function afterwards({ networks }: CloudMachine, remade: readonly Remade[]): string[] {
  const isBooted = remade.some(({ attached, from }) => attached.boot && from !== undefined);
  const devices = remade.filter(({ attached, from }) => !attached.boot && from !== undefined);
  const addresses = networks.flatMap(({ externalIp }) => externalIp ?? []);
  const lines = ["## 3. Afterwards", ""];
  if (isBooted)
    lines.push(
      "- It boots from a copy of the old machine's boot disk, whose `/etc/fstab` finds the other disks by device names, which are as before. A disk that is not there keeps it from booting unless its line says `nofail`.",
    );
  else {
    lines.push(
      "- It boots from a fresh image: install Docker and Compose, bring back the stack's files, and mount its disks:",
    );
    lines.push(
      "",
      block(
        devices.map(
          ({ attached: { deviceName } }) =>
            `sudo mount -o discard,defaults /dev/disk/by-id/google-${deviceName} /mnt/${deviceName}`,
        ),
      ),
      "",
    );
  }
  if (addresses.length > 0)
    lines.push(
      `- The old machine was reached at ${addresses.join(", ")}: a static address has to be taken from it and given to the new one; else change DNS.`,
    );
  lines.push("- `docker compose up -d`, then `holdfast status`.");
  lines.push("- Point the jobs at the new disks: in the config they are called as the old ones were.");
  return [...lines, ""];
}

function block(commands: readonly string[]): string {
  return commands.length === 0 ? "Nothing." : ["```", ...commands, "```"].join("\n");
}

function command(start: string, options: readonly string[]): string {
  return [start, ...options.map((option) => `  ${quoted(option)}`)].join(" \\\n");
}

/** What the shell would take apart is kept together. */
function quoted(option: string): string {
  return /^[\w@%+=:,./-]+$/.test(option) ? option : `'${option.replaceAll("'", `'\\''`)}'`;
}

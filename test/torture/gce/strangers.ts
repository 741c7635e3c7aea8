/** What others have in the same project, much of it like ours, and what they do to ours. */
import type { FakeProject, FakeSnapshot } from "../../fakes/gce/project.ts";
import { ZONE } from "../../fakes/gce/stand-in.ts";

export interface Strangers {
  /** Something to a snapshot of ours: labels it, deletes it, makes something of it, takes it for their own. */
  work(): void;
  /** Nothing is in use any more. */
  letGo(): void;
  /** What of theirs is not as they left it. */
  lost(): string[];
  /** Names of our snapshots that they have deleted. */
  readonly deleted: ReadonlySet<string>;
}

interface Point {
  stack: string;
  job: string;
  point: string;
}

const DATA = `zones/${ZONE}/disks/data-disk`;

export function addStrangers(project: FakeProject, { stack, point }: Point, random: () => number): Strangers {
  const ours = { "holdfast-stack": stack, "holdfast-job": "disk-all", "holdfast-point": point.toLowerCase() };
  const theirs: Record<string, Record<string, string>> = {
    "by-hand": {},
    "of-another-job": { ...ours, "holdfast-disks": "1" },
    "of-another-stack": { ...ours, "holdfast-stack": `${stack}-2`, "holdfast-disks": "1" },
    "of-no-set": { "holdfast-stack": stack, owner: "somebody" },
  };
  for (const [name, labels] of Object.entries(theirs)) project.addSnapshot(DATA, { name, labels });
  /** By the ids of snapshots: one that is made anew has lost nothing. */
  const added = new Map<string, string>();
  const deleted = new Set<string>();

  const work = () => {
    const candidates = [...project.snapshots.values()].filter(
      ({ resource }) => !(resource.name in theirs) && resource.status !== "DELETING",
    );
    const target = candidates[Math.floor(random() * candidates.length)];
    if (target === undefined) return;
    const { name, labels, id } = target.resource;
    const choice = random();
    if (choice < 0.4) {
      const owner = `somebody-${added.size}`;
      relabel(project, target, { ...labels, owner });
      added.set(String(id), owner);
    } else if (choice < 0.6) {
      project.snapshots.delete(name);
      added.delete(String(id));
      deleted.add(name);
    } else if (choice < 0.8) {
      project.inUse.add(name);
    } else {
      const { "holdfast-point": _, ...rest } = labels;
      relabel(project, target, rest);
      added.delete(String(id));
      theirs[name] = rest;
    }
  };

  const lost = () => [
    ...Object.entries(theirs).flatMap(([name, labels]) => {
      const now = project.snapshots.get(name)?.resource.labels;
      if (now === undefined) return [`the foreign snapshot ${name} is gone`];
      return sorted(now) === sorted(labels) ? [] : [`the labels of ${name} are ${sorted(now)}`];
    }),
    ...[...project.snapshots.values()].flatMap(({ resource: { id, name, labels } }) => {
      const owner = added.get(String(id));
      return owner === undefined || labels["owner"] === owner ? [] : [`the label of ${name} is lost`];
    }),
  ];
  return { work, lost, deleted, letGo: () => project.inUse.clear() };
}

function relabel(project: FakeProject, { resource }: FakeSnapshot, labels: Record<string, string>): void {
  const { name, labelFingerprint } = resource;
  project.setLabels(name, { labels, labelFingerprint }, undefined);
}

function sorted(labels: Record<string, string>): string {
  return JSON.stringify(Object.entries(labels).sort(([a], [b]) => (a < b ? -1 : 1)));
}

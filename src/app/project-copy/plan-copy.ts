/** What a copy of a Compose project would be: the same services, beside those that run, with nothing in common with them. Pure. */
import { HoldfastError } from "../../domain/errors.ts";
import type { Container, ContainerLimits, Volume } from "../../ports/container-runtime.ts";
import type { ContainerBlueprint, CopiedContainer, NamedThing } from "../../ports/copy-engine.ts";
import { copiedMounts } from "./copied-mounts.ts";
import { copiedRights } from "./copied-rights.ts";
import { copiedVolumes, type CopiedVolume, type JobData } from "./copied-volumes.ts";

export interface CopyWish {
  /** Name of the copy. */
  project: string;
  /** Of the project that is copied. */
  of: { project: string; blueprints: readonly ContainerBlueprint[] };
  /** That Holdfast runs in: its service is left out. */
  own: Container;
  /** Where the data is that jobs back up. */
  data: readonly JobData[];
  /** Services that dumps are restored into: what they keep is in no volume of a job. */
  servers: readonly string[];
  /** Of the engine. */
  volumes: readonly Volume[];
  /** On everything that is made. */
  labels: Readonly<Record<string, string>>;
  limits: ContainerLimits;
  /** Whether the engine mounts a part of a volume. */
  hasSubpaths: boolean;
}

export interface CopyPlan {
  project: string;
  network: NamedThing;
  volumes: readonly CopiedVolume[];
  containers: readonly CopiedContainer[];
  /** Keys of volumes that nothing is restored to. */
  empty: readonly string[];
  /** Sentences: in what it differs from what runs. */
  remarks: readonly string[];
}

const NAME = /^[a-z0-9][a-z0-9_-]{0,62}$/;

/** As Compose writes it. */
const LABEL = "com.docker.compose";
/** Without it Compose does not take a container for one of its own. */
const HASH = `${LABEL}.config-hash`;

/** Throws `refused` for what no copy can be made of. */
export function planCopy(wish: CopyWish): CopyPlan {
  const { project, of, own } = wish;
  assertName(project, of.project);
  const ours = own.compose?.project === of.project ? own.compose.service : undefined;
  const blueprints = of.blueprints.filter(
    ({ container: { id, compose } }) =>
      compose !== undefined && !compose.oneOff && id !== own.id && compose.service !== ours,
  );
  if (blueprints.length === 0) throw nothingThere(of.project);
  const network = { name: `${project}_default`, labels: labelsOf(wish, { [`${LABEL}.network`]: "default" }) };
  const volumes = copiedVolumes(blueprints, wish).map((volume) => ({
    ...volume,
    labels: labelsOf(wish, { [`${LABEL}.volume`]: volume.key }),
  }));
  const remarks: string[] = [];
  const containers = blueprints.map((blueprint) =>
    copied(blueprint, { wish, network, volumes, blueprints, remark: (text) => remarks.push(text) }),
  );
  return { project, network, volumes, containers, empty: emptyOf(volumes, blueprints, wish), remarks };
}

interface Surroundings {
  wish: CopyWish;
  network: NamedThing;
  volumes: readonly CopiedVolume[];
  blueprints: readonly ContainerBlueprint[];
  remark: (sentence: string) => void;
}

function copied(blueprint: ContainerBlueprint, around: Surroundings): CopiedContainer {
  const { wish, volumes, remark } = around;
  const { container, kept } = blueprint;
  const service = serviceOf(container);
  const say = (clause: string): void => remark(`${service} ${clause}.`);
  return {
    name: nameOf(container, wish.project),
    image: container.image,
    labels: labelsOf(wish, {
      [`${LABEL}.service`]: service,
      [`${LABEL}.container-number`]: String(container.compose?.number ?? 1),
      [`${LABEL}.oneoff`]: "False",
      [HASH]: container.labels[HASH] ?? "copy",
      ...kindOf(container.labels, [`${LABEL}.depends_on`, `${LABEL}.image`]),
    }),
    kept,
    mounts: copiedMounts(blueprint, {
      ...{ volumes, say, sockets: socketsOf(wish.own), hasSubpaths: wish.hasSubpaths },
    }),
    network: networkOf(blueprint, { ...around, say }),
    ...copiedRights(blueprint.rights, say),
    limits: wish.limits,
  };
}

/** None of the service's own: a proxy, a scheduler or another backup would take the copy for it by them. */
function labelsOf({ project, labels }: CopyWish, more: Record<string, string>): Record<string, string> {
  return { [`${LABEL}.project`]: project, ...more, ...labels };
}

function kindOf(labels: Container["labels"], names: readonly string[]): Record<string, string> {
  return Object.fromEntries(
    names.flatMap((name) => (labels[name] === undefined ? [] : [[name, labels[name]]])),
  );
}

function serviceOf({ compose, name }: Container): string {
  return compose?.service ?? name;
}

function nameOf(container: Container, project: string): string {
  return `${project}-${serviceOf(container)}-${container.compose?.number ?? 1}`;
}

/** One network for all: that they are apart from one another is nothing that a copy has to show. */
function networkOf(
  { container, network: mode, aliases }: ContainerBlueprint,
  { wish, network, blueprints, say }: Surroundings & { say: (clause: string) => void },
): CopiedContainer["network"] {
  if (mode === "none") return undefined;
  if (mode === "host") say("is in the network of the copy, and not in that of the host");
  const { networkOf: other } = container;
  const host = blueprints.find(({ container: { id, name } }) => other === id || other === name);
  if (host !== undefined) return { of: nameOf(host.container, wish.project) };
  if (other !== undefined) say("is in the network of the copy, and not in that of another container");
  const foreign = container.networks.filter((name) => !name.startsWith(`${wish.of.project}_`));
  if (mode === "own" && other === undefined && foreign.length > 0)
    say(`is not in ${foreign.join(", ")}, which is of more than this stack`);
  // The name of the container, too: by that it may be called as well.
  return {
    name: network.name,
    aliases: [...new Set([serviceOf(container), container.name, ...aliases])],
  };
}

/** Where this container has sockets of the host, as that of the engine. */
function socketsOf({ mounts }: Container): string[] {
  return mounts.flatMap(({ kind, source }) => (kind === "bind" && source.endsWith(".sock") ? source : []));
}

function emptyOf(
  volumes: readonly CopiedVolume[],
  blueprints: readonly ContainerBlueprint[],
  { servers }: CopyWish,
): string[] {
  const ofServers = new Set(
    blueprints
      .filter(({ container }) => servers.includes(serviceOf(container)))
      .flatMap(({ container: { mounts } }) => mounts.flatMap(({ volume }) => volume ?? [])),
  );
  return volumes.filter(({ of, fills }) => fills.length === 0 && !ofServers.has(of)).map(({ key }) => key);
}

function assertName(project: string, original: string): void {
  const what = `Making a copy of project ${original}`;
  if (!NAME.test(project))
    throw new HoldfastError("usage", {
      what,
      why: `${JSON.stringify(project)} cannot be the name of a project`,
      next: "take lowercase letters, digits, _ and -",
    });
  if (project === original)
    throw new HoldfastError("refused", { what, why: "it is to have its own name", next: "take another one" });
}

function nothingThere(project: string): HoldfastError {
  return new HoldfastError("refused", {
    what: `Making a copy of project ${project}`,
    why: "there is no container of it to make others like",
    next: "run `docker compose up --no-start`, which makes containers and starts nothing, then this again",
  });
}

/** From the engine's words on a container to ours. */
import type { ContainerInspectInfo, VolumeInspectInfo } from "dockerode";
import { SECOND, type Instant, type Milliseconds } from "../domain/instant.ts";
import type {
  ComposeFacts,
  Container,
  ContainerMount,
  ContainerState,
  Volume,
} from "../ports/container-runtime.ts";

/** What Compose writes on all that it makes. */
export const COMPOSE = {
  project: "com.docker.compose.project",
  service: "com.docker.compose.service",
  number: "com.docker.compose.container-number",
  oneOff: "com.docker.compose.oneoff",
  dependsOn: "com.docker.compose.depends_on",
  replaces: "com.docker.compose.replace",
  volume: "com.docker.compose.volume",
} as const;

const STATES: readonly ContainerState[] = [
  ...(["created", "running", "paused", "restarting", "removing", "exited", "dead"] as const),
];

export function containerOf(info: ContainerInspectInfo): Container {
  const labels = info.Config.Labels ?? {};
  return {
    id: info.Id,
    name: info.Name.replace(/^\//, ""),
    image: info.Image,
    imageName: info.Config.Image,
    state: STATES.find((state) => state === info.State.Status) ?? "dead",
    health: healthOf(info),
    startedAt: instantOf(info.State.StartedAt),
    exitCode: info.State.Status === "exited" ? info.State.ExitCode : undefined,
    execs: info.ExecIDs?.length ?? 0,
    probe: probeOf(info),
    labels,
    compose: composeOf(labels),
    mounts: info.Mounts.map(mountOf),
    networks: Object.keys(info.NetworkSettings.Networks ?? {}),
    networkOf: /^container:(.+)$/.exec(info.HostConfig.NetworkMode ?? "")?.[1],
  };
}

function healthOf(info: ContainerInspectInfo): Container["health"] {
  const health = info.State.Health?.Status;
  return health === "starting" || health === "healthy" || health === "unhealthy" ? health : undefined;
}

const NS_A_MS = 1e6;
/** What the engine takes where nothing is said. */
const PROBE_EVERY: Milliseconds = 30 * SECOND;

/** The engine waits from the end of one check to the next; of one that is yet to be healthy perhaps for less. */
function probeOf({ State, Config }: ContainerInspectInfo): Container["probe"] {
  if (State.Health === undefined || State.Health.Status === "none") return undefined;
  const { Interval = 0, StartInterval = 0 } = Config.Healthcheck ?? {};
  const atStart = State.Health.Status === "starting" ? StartInterval : 0;
  const every = (atStart || Interval) / NS_A_MS || PROBE_EVERY;
  // An engine may give null before the first check.
  const log = (State.Health.Log as typeof State.Health.Log | null) ?? [];
  const last = instantOf(log.at(-1)?.End ?? State.StartedAt) ?? 0;
  return { every, nextAt: last + every };
}

/** The engine's zero is the year 1. */
function instantOf(text: string): Instant | undefined {
  const instant = Date.parse(text);
  return Number.isNaN(instant) || instant < 0 ? undefined : instant;
}

function composeOf(labels: Readonly<Record<string, string>>): ComposeFacts | undefined {
  const project = labels[COMPOSE.project];
  const service = labels[COMPOSE.service];
  if (project === undefined || service === undefined) return undefined;
  return {
    project,
    service,
    number: Number(labels[COMPOSE.number] ?? 1),
    oneOff: labels[COMPOSE.oneOff]?.toLowerCase() === "true",
    dependsOn: dependenciesIn(labels[COMPOSE.dependsOn] ?? ""),
    replaces: labels[COMPOSE.replaces],
  };
}

/** `db:service_healthy:false,cache:service_started:true`, as Compose writes it. */
function dependenciesIn(text: string): string[] {
  return text.split(",").flatMap((one) => one.split(":")[0] || []);
}

function mountOf(mount: ContainerInspectInfo["Mounts"][number]): ContainerMount {
  const kind =
    mount.Type === "bind" || mount.Type === "volume" || mount.Type === "tmpfs" ? mount.Type : "other";
  return {
    kind,
    volume: kind === "volume" ? mount.Name : undefined,
    source: mount.Source,
    destination: mount.Destination,
    writable: mount.RW,
  };
}

export function volumeOf(info: VolumeInspectInfo): Volume {
  // An engine gives null where a volume has no labels.
  const labels = (info.Labels as Record<string, string> | null) ?? {};
  return {
    name: info.Name,
    labels,
    project: labels[COMPOSE.project],
    key: labels[COMPOSE.volume],
    driver: info.Driver,
  };
}

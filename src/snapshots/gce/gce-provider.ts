/** Disk snapshots of Google Cloud, through the JSON API of Compute Engine. What is measured and decided: docs/decisions/gce.md. */
import { HoldfastError } from "../../domain/errors.ts";
import type { Clock } from "../../ports/clock.ts";
import type { InspectRequest, Inspection, SnapshotProvider } from "../../ports/snapshot-provider.ts";
import { Connections } from "../../remote/connections.ts";
import { anonymous, GoogleCredentials, type Credentials } from "../../remote/google-credentials.ts";
import { ComputeApi } from "./compute-api.ts";
import { GceDisks } from "./disks.ts";
import { GceMachines } from "./machines.ts";
import { MetadataServer } from "./metadata-server.ts";
import type { GceOptions } from "./options.ts";
import { inspectPermissions } from "./permissions.ts";
import { GcePointSnapshots } from "./point-snapshots.ts";
import { GceSchedules } from "./schedules.ts";

const ENDPOINT = "https://compute.googleapis.com";
/** Tells which permissions there are on a project. */
const PROJECTS_ENDPOINT = "https://cloudresourcemanager.googleapis.com";
/** Compute Engine, and to ask who may do what; nothing else can be changed with it. */
const SCOPES = [
  "https://www.googleapis.com/auth/compute",
  "https://www.googleapis.com/auth/cloud-platform.read-only",
];

export interface GceSurroundings {
  clock: Clock;
  random: () => number;
  /** Names a proxy and the metadata server, where they are not where they always are. */
  env: NodeJS.ProcessEnv;
  /** Default: what the options and the environment provide. */
  credentials?: Credentials;
  /** Where the machine's own directories are; default `/`. */
  root?: string;
}

export class GceProvider implements SnapshotProvider {
  readonly kind = "gce";
  readonly snapshots: GcePointSnapshots;
  readonly disks: GceDisks;
  readonly machines: GceMachines;
  readonly schedules: GceSchedules;
  readonly #api: ComputeApi;

  constructor(options: GceOptions, { clock, random, env, credentials, root = "/" }: GceSurroundings) {
    const { endpoint, keyFile } = options;
    const origin = new URL(endpoint ?? ENDPOINT);
    const own = origin.protocol === "https:" ? new GoogleCredentials(keyFile, SCOPES) : anonymous;
    const metadata = new MetadataServer({ clock, env });
    const project = async (signal: AbortSignal) => {
      const found = options.project ?? (await metadata.self(signal))?.project;
      if (found !== undefined) return found;
      throw new HoldfastError("store", {
        what: "Looking for the project of Google Cloud",
        why: "none is named, and this is no machine of Google Cloud",
        next: "set `project`",
      });
    };
    this.#api = new ComputeApi({
      connections: new Connections(origin, { clock, env }),
      projects: new Connections(new URL(endpoint ?? PROJECTS_ENDPOINT), { clock, env }),
      ...{ credentials: credentials ?? own, clock, random, project },
    });
    this.snapshots = new GcePointSnapshots(this.#api);
    this.disks = new GceDisks(this.#api);
    this.machines = new GceMachines(this.#api, { metadata, root });
    this.schedules = new GceSchedules(this.#api);
  }

  async inspect(request: InspectRequest, signal: AbortSignal): Promise<Inspection> {
    return inspectPermissions(this.#api, request, signal);
  }
}

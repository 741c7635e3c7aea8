/** Gives dumps back to a Redis or Valkey server, which takes them as a replica would: what it has stays in use until all is there. */
import { askTool } from "../../dump/ask-tool.ts";
import type { ToolPlace, ToolRun } from "../../dump/dump-kind.ts";
import { examined } from "../../dump/examined.ts";
import { nameBeside } from "../../dump/name-beside.ts";
import type { OpenPlace } from "../../dump/service-place.ts";
import { HoldfastError } from "../../domain/errors.ts";
import type { DumpRestore, DumpRestorer, ReadableDump, RestoredDumps } from "../../ports/dump-restorer.ts";
import { askServer, keysIn, redisTool, type RedisLogin } from "./client.ts";
import { RdbExaminer } from "./exam-rdb.ts";
import { BRING, FORGET, RELEASE, SWITCH } from "./load-script.ts";
import type { RedisOptions } from "./options.ts";

/** `owner`: of the job, by name-beside.ts. */
export function redisRestorer(options: RedisOptions, owner: string, open: OpenPlace): DumpRestorer {
  const { service, stopForRestore } = options;
  const serverOf = async ({ service: to = service, signal }: DumpRestore): Promise<Server> => {
    const what = `Restoring to service ${to}`;
    const place = await open({ service: to, what, signal });
    // The container of another service has a port and passwords of its own.
    const login = to === service ? options : { runAs: options.runAs, options: [] };
    return { place, login, owner, what, signal };
  };
  return {
    ...{ service, stopForRestore, hasDatabases: false, isAtomic: true },
    async look(request) {
      const server = await serverOf(request);
      const keys = await keysThere(server);
      return keys === 0 ? [] : [`the ${keys} keys of ${server.place.name}`];
    },
    restore: async (request) => restore(await serverOf(request), request),
  };
}

interface Server {
  place: ToolPlace;
  login: RedisLogin;
  owner: string;
  /** The start of each error. */
  what: string;
  signal: AbortSignal;
}

type Files = Readonly<Record<"HOLDFAST_NEW" | "HOLDFAST_OLD", string>>;

/** Of the second server, for a moment and on the container's own loopback; of each job another one. */
const FIRST_PORT = 20_000;
const PORTS = 10_000;

export function portOf(owner: string): number {
  return FIRST_PORT + (Number.parseInt(owner, 16) % PORTS);
}

async function restore(server: Server, { dumps, onProgress }: DumpRestore): Promise<RestoredDumps> {
  const [dump] = dumps;
  if (dump === undefined)
    throw new HoldfastError("damaged", { what: server.what, why: "the point has no dump" });
  const files = {
    HOLDFAST_NEW: `${nameBeside("dump", "new", server.owner)}.rdb`,
    HOLDFAST_OLD: `${nameBeside("dump", "old", server.owner)}.rdb`,
  };
  try {
    await bring(server, files, dump, onProgress);
    await load(server, files, files.HOLDFAST_NEW);
  } catch (error) {
    await abandon(server, files);
    throw error;
  }
  return {
    ...{ warnings: [], kept: `${files.HOLDFAST_OLD} beside the files of ${server.place.name}` },
    accept: (signal) => ask({ ...server, signal }, FORGET, files),
    async revert(signal) {
      await load({ ...server, signal }, files, files.HOLDFAST_OLD);
      await ask({ ...server, signal }, FORGET, files);
    },
  };
}

async function bring(
  server: Server,
  files: Files,
  dump: ReadableDump,
  onProgress: DumpRestore["onProgress"],
): Promise<void> {
  let bytes = 0;
  const stdin = examined(dump.read(server.signal), {
    examiner: new RdbExaminer({ keys: 0 }),
    onBytes: (count) => onProgress?.((bytes += count)),
    what: server.what,
  });
  await ask(server, BRING, { ...files, HOLDFAST_BYTES: String(dump.bytes) }, stdin);
}

async function load(server: Server, files: Files, from: string): Promise<void> {
  const variables = { ...files, HOLDFAST_FROM: from };
  await ask(server, SWITCH, variables);
  await release(server, files);
}

/** What is in use is what it was: what cannot be had from the server now, is by the next run of the job. */
async function abandon(server: Server, files: Files): Promise<void> {
  const late = { ...server, signal: new AbortController().signal };
  try {
    if ((await release(late, files)) === "new") await load(late, files, files.HOLDFAST_OLD);
    await ask(late, FORGET, files);
  } catch {
    // The server is gone, or will be released by the next run: the error that led here says more.
  }
}

async function release(server: Server, files: Files): Promise<string> {
  return (await told(server, RELEASE, files)).trim();
}

/** Where a killed restore of the job left it a replica of what has gone with it. Gives whether that was so. */
export async function releaseLeft(
  { place, login, owner, ...asked }: Server,
  info: ReadonlyMap<string, string>,
): Promise<boolean> {
  const isLeft =
    info.get("role") === "slave" &&
    info.get("master_host") === "127.0.0.1" &&
    info.get("master_port") === String(portOf(owner));
  if (isLeft) await release({ place, login, owner, ...asked }, { HOLDFAST_NEW: "-", HOLDFAST_OLD: "-" });
  return isLeft;
}

async function keysThere(server: Server): Promise<number> {
  const { place, login, what, signal } = server;
  let info = await askServer(place, login, { what, signal });
  if (await releaseLeft(server, info)) info = await askServer(place, login, { what, signal });
  if (info.get("role") === "slave") {
    throw new HoldfastError("refused", {
      what,
      why: `the server in ${place.name} is a replica of ${info.get("master_host") ?? "another"}`,
      next: "name the service of that one with --service: its replicas follow it",
    });
  }
  if (info.get("redis_mode") === "cluster") {
    throw new HoldfastError("refused", {
      what,
      why: `the server in ${place.name} is a node of a cluster, which is no replica of anything else`,
      next: "restore with --to DIRECTORY, and start the node with the file",
    });
  }
  return keysIn(info);
}

async function ask(
  server: Server,
  work: string,
  variables: Readonly<Record<string, string>> & Files,
  stdin?: ToolRun["stdin"],
): Promise<void> {
  await told(server, work, variables, stdin);
}

function told(
  { place, login, owner, what, signal }: Server,
  work: string,
  variables: Readonly<Record<string, string>> & Files,
  stdin?: ToolRun["stdin"],
): Promise<string> {
  const tool = redisTool(login, work);
  const env = { ...tool.env, ...variables, HOLDFAST_OWNER: owner, HOLDFAST_PORT: String(portOf(owner)) };
  return askTool(place, { ...tool, env, stdin }, { what, signal });
}

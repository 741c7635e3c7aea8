/** What an answer of the engine means for the user: which right is missing, what is gone, whether it is worth another try. */
import { HoldfastError, messageOf } from "../domain/errors.ts";

/** One kind of request, as a filtering proxy lets it through or not. */
export interface EngineRight {
  // Like `POST /containers/*/pause`: without the version.
  request: string;
  /** What the usual socket proxies call it: variables to set to 1. */
  proxy: readonly string[];
}

export const RIGHTS = {
  version: { request: "GET /version", proxy: ["VERSION"] },
  list: { request: "GET /containers/json", proxy: ["CONTAINERS"] },
  inspect: { request: "GET /containers/*/json", proxy: ["CONTAINERS"] },
  logs: { request: "GET /containers/*/logs", proxy: ["CONTAINERS"] },
  archive: { request: "GET /containers/*/archive", proxy: ["CONTAINERS"] },
  volumes: { request: "GET /volumes", proxy: ["VOLUMES"] },
  events: { request: "GET /events", proxy: ["EVENTS"] },
  pause: { request: "POST /containers/*/pause", proxy: ["CONTAINERS", "POST"] },
  unpause: { request: "POST /containers/*/unpause", proxy: ["CONTAINERS", "POST"] },
  stop: { request: "POST /containers/*/stop", proxy: ["CONTAINERS", "POST"] },
  start: { request: "POST /containers/*/start", proxy: ["CONTAINERS", "POST"] },
  exec: { request: "POST /containers/*/exec", proxy: ["CONTAINERS", "POST"] },
  execStart: { request: "POST /exec/*/start", proxy: ["EXEC", "POST"] },
  execInspect: { request: "GET /exec/*/json", proxy: ["EXEC"] },
  create: { request: "POST /containers/create", proxy: ["CONTAINERS", "POST"] },
  connect: { request: "POST /networks/*/connect", proxy: ["NETWORKS", "POST"] },
  attach: { request: "POST /containers/*/attach", proxy: ["CONTAINERS", "POST"] },
  wait: { request: "POST /containers/*/wait", proxy: ["CONTAINERS", "POST"] },
  remove: { request: "DELETE /containers/*", proxy: ["CONTAINERS", "POST", "DELETE"] },
  networks: { request: "GET /networks", proxy: ["NETWORKS"] },
  createNetwork: { request: "POST /networks/create", proxy: ["NETWORKS", "POST"] },
  removeNetwork: { request: "DELETE /networks/*", proxy: ["NETWORKS", "POST", "DELETE"] },
  createVolume: { request: "POST /volumes/create", proxy: ["VOLUMES", "POST"] },
  removeVolume: { request: "DELETE /volumes/*", proxy: ["VOLUMES", "POST", "DELETE"] },
} as const satisfies Record<string, EngineRight>;

/** The error to throw for what a request to the engine failed with. `what`: the start of a sentence. */
export function engineError(
  error: unknown,
  { what, right, address }: { what: string; right: EngineRight; address: string },
): HoldfastError {
  if (error instanceof HoldfastError) return error;
  const status = statusOf(error);
  if (status === 403) return forbidden(error, what, right);
  if (status === 404) {
    return new HoldfastError("not-found", {
      what,
      why: reasonOf(error),
      next: "check that it was not removed meanwhile",
      cause: error,
    });
  }
  if (status !== undefined) {
    return new HoldfastError("runtime", {
      what,
      why: `the engine said: ${reasonOf(error)}`,
      cause: error,
      transient: status >= 500,
    });
  }
  return unreachable(error, what, address);
}

/** The HTTP status of the engine's answer; undefined where there was none. */
export function statusOf(error: unknown): number | undefined {
  const status = (error as { statusCode?: unknown } | undefined)?.statusCode;
  return typeof status === "number" ? status : undefined;
}

function reasonOf(error: unknown): string {
  const said = (error as { json?: { message?: unknown } }).json?.message;
  return typeof said === "string" && said !== "" ? said : messageOf(error).trim();
}

function forbidden(error: unknown, what: string, right: EngineRight): HoldfastError {
  const settings = right.proxy.map((name) => `${name}=1`).join(" and ");
  return new HoldfastError("runtime", {
    what,
    why: `the engine's socket proxy does not allow ${right.request}`,
    next: `allow that request in the proxy (in docker-socket-proxy: ${settings})`,
    cause: error,
  });
}

const NO_ENGINE: Readonly<Record<string, { why: string; next: string }>> = {
  ENOENT: {
    why: "there is no socket of a container engine",
    next: "mount /var/run/docker.sock into this service, or set DOCKER_HOST to a socket proxy",
  },
  EACCES: {
    why: "this process may not use the engine's socket",
    next: "run it as root or with the group that owns the socket, or use a socket proxy",
  },
  ECONNREFUSED: {
    why: "no container engine answers there",
    next: "check that it runs and that DOCKER_HOST names it",
  },
  ENOTFOUND: {
    why: "the host that DOCKER_HOST names is not known",
    next: "check that the socket proxy runs and shares a network with this service",
  },
};

function unreachable(error: unknown, what: string, address: string): HoldfastError {
  const code = String((error as { code?: unknown } | undefined)?.code);
  const known = NO_ENGINE[code];
  return new HoldfastError("runtime", {
    what,
    why: known === undefined ? `the connection to the engine broke: ${messageOf(error)}` : known.why,
    next: `${known?.next ?? "check that the engine runs"} (it was looked for at ${address})`,
    cause: error,
    // An engine that restarts refuses for a moment, and its socket is gone for one.
    transient: code !== "EACCES",
  });
}

/** A container engine as a command finds it, at a socket: its containers are words, and all that is done to them is written down. */
import { once } from "node:events";
import { createServer, type Server } from "node:http";

export interface FakeService {
  service: string;
  dependsOn?: readonly string[];
  state?: "running" | "exited" | "created";
}

interface Held {
  id: string;
  state: string;
  startedAt: Date;
  labels: Record<string, string>;
}

export class EngineServer {
  /** `stop app`, `start app`, in their order. */
  readonly changes: string[] = [];
  /** Called before each of them. One that never resolves is an engine that hangs. */
  beforeChange: (change: string) => void | Promise<void> = () => undefined;
  readonly #containers = new Map<string, Held>();
  readonly #server: Server;

  private constructor() {
    this.#server = createServer((request, response) => {
      void this.#answer(request.method ?? "", request.url ?? "").then(({ status, body }) => {
        response.writeHead(status, { "content-type": "application/json" });
        response.end(body === undefined ? undefined : JSON.stringify(body));
      });
    });
  }

  static async start(
    socket: string,
    { project, services }: { project: string; services: readonly FakeService[] },
  ): Promise<EngineServer> {
    const engine = new EngineServer();
    for (const { service, dependsOn = [], state = "running" } of services)
      engine.#containers.set(service, {
        ...{ id: service.padEnd(64, "0"), state, startedAt: new Date() },
        labels: {
          "com.docker.compose.project": project,
          "com.docker.compose.service": service,
          "com.docker.compose.oneoff": "False",
          "com.docker.compose.depends_on": dependsOn.map((on) => `${on}:service_started:false`).join(","),
        },
      });
    engine.#server.listen(socket);
    await once(engine.#server, "listening");
    return engine;
  }

  stateOf(service: string): string | undefined {
    return this.#containers.get(service)?.state;
  }

  async close(): Promise<void> {
    this.#server.closeAllConnections();
    this.#server.close();
    await once(this.#server, "close");
  }

  async #answer(method: string, url: string): Promise<{ status: number; body?: unknown }> {
    const path = url.replace(/^\/v[\d.]+/, "").replace(/\?.*$/, "");
    if (path === "/version")
      return { status: 200, body: { Version: "fake", ApiVersion: "1.45", MinAPIVersion: "1.24" } };
    if (path === "/volumes") return { status: 200, body: { Volumes: [] } };
    if (path === "/containers/json")
      return { status: 200, body: [...this.#containers.values()].map(({ id }) => ({ Id: id })) };
    const [, id = "", verb = ""] = /^\/containers\/([^/]+)\/(\w+)$/.exec(path) ?? [];
    const [service, held] = [...this.#containers].find(([, one]) => one.id === id) ?? [];
    if (service === undefined || held === undefined) return { status: 404, body: { message: "none" } };
    if (verb === "json") return { status: 200, body: inspected(service, held) };
    if (verb === "logs") return { status: 200 };
    await this.beforeChange(`${verb} ${service}`);
    this.changes.push(`${verb} ${service}`);
    held.state = verb === "start" ? "running" : "exited";
    // It has run for long when it is looked at: nobody waits for it to be steady.
    if (verb === "start") held.startedAt = new Date(Date.now() - 3_000);
    return { status: 204 };
  }
}

function inspected(service: string, { id, state, startedAt, labels }: Held): object {
  return {
    ...{ Id: id, Name: `/${service}`, Image: "image", Mounts: [], HostConfig: {}, NetworkSettings: {} },
    State: { Status: state, ExitCode: 0, StartedAt: startedAt.toISOString() },
    Config: { Labels: labels },
  };
}

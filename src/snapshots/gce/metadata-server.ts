/** What the machine knows of itself, from the server that every machine of Google's has. https://cloud.google.com/compute/docs/metadata */
import { text } from "node:stream/consumers";
import { SECOND, type Milliseconds } from "../../domain/instant.ts";
import type { Clock } from "../../ports/clock.ts";
import type { SelfMachine } from "../../ports/snapshot-provider.ts";
import { Connections } from "../../remote/connections.ts";
import { lastPart } from "./places.ts";

/** By address: names may be looked up elsewhere in a container. */
const DEFAULT_HOST = "169.254.169.254";
/** It is in the same house, or nowhere. */
const ANSWER_LIMIT: Milliseconds = 3 * SECOND;
const FLAVOR = "metadata-flavor";

export class MetadataServer {
  readonly #connections: Connections;

  /** `env` may name another host by GCE_METADATA_HOST; a proxy is never asked. */
  constructor({ clock, env }: { clock: Clock; env: NodeJS.ProcessEnv }) {
    const host = env["GCE_METADATA_HOST"] || DEFAULT_HOST;
    this.#connections = new Connections(new URL(`http://${host}`), { clock, env: {} });
  }

  /** Undefined on a machine that is none of Google's. */
  async self(signal: AbortSignal): Promise<SelfMachine | undefined> {
    const project = await this.#value("project/project-id", signal);
    if (project === undefined) return undefined;
    const [zone, name] = [
      await this.#value("instance/zone", signal),
      await this.#value("instance/name", signal),
    ];
    return zone === undefined || name === undefined ? undefined : { project, zone: lastPart(zone), name };
  }

  async #value(path: string, signal: AbortSignal): Promise<string | undefined> {
    const request = {
      ...{ what: "Asking the metadata server", method: "GET" as const, signal, idleLimit: ANSWER_LIMIT },
      ...{ path: `/computeMetadata/v1/${path}`, headers: { [FLAVOR]: "Google" } },
    };
    try {
      const { status, headers, body } = await this.#connections.ask(request);
      const value = await text(body);
      // Others may answer at that address.
      return status === 200 && headers[FLAVOR] === "Google" ? value.trim() : undefined;
    } catch (error) {
      if (signal.aborted) throw error;
      return undefined;
    }
  }
}

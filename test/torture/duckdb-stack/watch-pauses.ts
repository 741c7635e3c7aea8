/** When containers of a Compose project are paused, and for how long, as the engine tells it. */
import { once } from "node:events";
import { createInterface } from "node:readline";
import type { Readable } from "node:stream";

import type Docker from "dockerode";

export interface Pause {
  service: string;
  /** Undefined while it lasts. */
  heldMs: number | undefined;
}

interface EngineEvent {
  Action: "pause" | "unpause";
  Actor: { Attributes: Readonly<Record<string, string>> };
  timeNano: number;
}

const SERVICE = "com.docker.compose.service";

export class PauseWatch {
  /** In their order. */
  readonly pauses: Pause[] = [];
  readonly #stream: Readable;
  readonly #open = new Map<string, { pause: Pause; since: number }>();
  #onPause = Promise.withResolvers<undefined>();

  private constructor(stream: Readable) {
    this.#stream = stream;
    createInterface({ input: stream }).on("line", (line) => this.#take(JSON.parse(line) as EngineEvent));
  }

  static async open(engine: Docker, project: string): Promise<PauseWatch> {
    const label = [`com.docker.compose.project=${project}`];
    const stream = await engine.getEvents({ filters: { event: ["pause", "unpause"], label } });
    return new PauseWatch(stream as Readable);
  }

  /** The next one, of whichever service. */
  get next(): Promise<unknown> {
    return this.#onPause.promise;
  }

  async close(): Promise<void> {
    const closed = once(this.#stream, "close");
    this.#stream.destroy();
    await closed;
  }

  #take({ Action: action, Actor: actor, timeNano }: EngineEvent): void {
    const service = actor.Attributes[SERVICE] ?? "";
    const at = timeNano / 1e6;
    if (action === "pause") {
      const pause = { service, heldMs: undefined };
      this.pauses.push(pause);
      this.#open.set(service, { pause, since: at });
      this.#onPause.resolve(undefined);
      this.#onPause = Promise.withResolvers();
      return;
    }
    const open = this.#open.get(service);
    if (open !== undefined) open.pause.heldMs = at - open.since;
    this.#open.delete(service);
  }
}

/** The HTTP side of the daemon: it listens on one address, and keeps it while configs come and go. */
import type { LoadedConfig } from "../config/loaded-config.ts";
import type { Clock } from "../ports/clock.ts";
import type { WebContext } from "../web/context.ts";
import { startWebServer } from "../web/server.ts";

type Listen = LoadedConfig["http"]["listen"];

export interface FrontOptions {
  context: WebContext;
  clock: Clock;
  signal: AbortSignal;
  onError: (error: unknown) => void;
  onListening: (address: { host: string; port: number }) => void;
}

interface Opened {
  listen: string;
  stop: AbortController;
}

export class Front {
  readonly #options: FrontOptions;
  readonly #closing: Promise<void>[] = [];
  #opened: Opened | undefined;

  constructor(options: FrontOptions) {
    this.#options = options;
  }

  /**
   * Listens there, beside where it does already. `take` ends the other, `drop` this one; both do nothing when it is the same address. Rejects
   * when the address cannot be listened on.
   */
  async open(listen: Listen): Promise<{ take: () => void; drop: () => void }> {
    const before = this.#opened;
    if (before?.listen === JSON.stringify(listen)) return { take: () => undefined, drop: () => undefined };
    const next = await this.#start(listen);
    return {
      take: () => {
        before?.stop.abort();
        this.#opened = next;
      },
      drop: () => next.stop.abort(),
    };
  }

  /** Resolves once nothing is listened on and every connection has ended. */
  async closed(): Promise<void> {
    await Promise.all(this.#closing);
  }

  async #start(listen: Listen): Promise<Opened> {
    const { context, clock, signal, onError, onListening } = this.#options;
    const stop = new AbortController();
    const opened = { listen: JSON.stringify(listen), stop };
    if (listen === false) return opened;
    const both = AbortSignal.any([signal, stop.signal]);
    const server = await startWebServer({ listen, context, clock, onError, signal: both });
    this.#closing.push(server.closed);
    onListening(server.address);
    return opened;
  }
}

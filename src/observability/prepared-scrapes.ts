/**
 * Answers to scrapes of a large stack, made before they are asked for: written, encoded and compressed, so that answering is sending. Only
 * in the forms that somebody has asked for lately.
 */
import { promisify } from "node:util";
import { gzip } from "node:zlib";
import { MINUTE, type Milliseconds } from "../domain/instant.ts";
import type { Clock } from "../ports/clock.ts";

export type ScrapeForm = "text" | "openmetrics";

export interface Scrape {
  contentType: string;
  body: string;
  /** The same, where it was made beforehand. */
  bytes?: { plain: Buffer; gzip: Buffer } | undefined;
}

/** Prometheus asks every minute or more often. */
const ASKED_FOR: Milliseconds = 5 * MINUTE;

const compress = promisify(gzip);

interface Made {
  at: Milliseconds;
  scrapeIn: (form: ScrapeForm) => Scrape;
  ready: Map<ScrapeForm, Promise<Scrape>>;
}

export class PreparedScrapes {
  readonly #clock: Clock;
  readonly #asked = new Map<ScrapeForm, Milliseconds>();
  #made: Made | undefined;

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** Since what there is was begun to be made; infinite where there is nothing. */
  get age(): Milliseconds {
    return this.#made === undefined ? Infinity : this.#clock.monotonic() - this.#made.at;
  }

  /** Takes the place of what there is once all of it is ready. */
  async prepare(make: () => Promise<Made["scrapeIn"]>): Promise<void> {
    const at = this.#clock.monotonic();
    const made: Made = { at, scrapeIn: await make(), ready: new Map() };
    const wanted = [...this.#asked].filter(([, when]) => at - when < ASKED_FOR);
    await Promise.all(wanted.map(([form]) => readyIn(form, made)));
    this.#made = made;
  }

  /** Undefined where there is nothing that is young enough. */
  async take(form: ScrapeForm, youngerThan: Milliseconds): Promise<Scrape | undefined> {
    this.#asked.set(form, this.#clock.monotonic());
    if (this.#made === undefined || this.age >= youngerThan) return undefined;
    return readyIn(form, this.#made);
  }

  forget(): void {
    this.#made = undefined;
  }
}

/** Two that ask at once wait for the same. */
function readyIn(form: ScrapeForm, { scrapeIn, ready }: Made): Promise<Scrape> {
  const before = ready.get(form);
  if (before !== undefined) return before;
  const after = withBytes(scrapeIn(form));
  ready.set(form, after);
  return after;
}

async function withBytes(scrape: Scrape): Promise<Scrape> {
  const plain = Buffer.from(scrape.body);
  return { ...scrape, bytes: { plain, gzip: await compress(plain, { level: 3 }) } };
}

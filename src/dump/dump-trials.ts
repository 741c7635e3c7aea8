/**
 * Servers of drills: containers of the image of the server that is dumped, as that image sets one up, with nothing of it but its dumps.
 * What a kind adds is what its image wants, how it is asked, and what it can count.
 */
import { HoldfastError } from "../domain/errors.ts";
import type { Container } from "../ports/container-runtime.ts";
import type { DumpRestorer, ReadableDump } from "../ports/dump-restorer.ts";
import type { DumpTrials, TrialServer } from "../ports/dump-trial.ts";
import { askTool } from "./ask-tool.ts";
import type { DumpExaminer, ToolPlace, ToolRun } from "./dump-kind.ts";
import { examined } from "./examined.ts";
import { ServicePlace, type OpenPlace, type StackContext } from "./service-place.ts";

export interface TrialKind<Counter extends DumpExaminer> {
  /** Whose image it is. */
  readonly service: string;
  /** The user of the container who runs the tools. */
  readonly runAs: string | undefined;
  /** What the image has to be told before it makes a server. */
  readonly env: Readonly<Record<string, string>>;
  /** Ends with 0 once the server can be worked with, and not while its image only sets it up. */
  readonly probe: ToolRun;
  /** Logs in as what the image made: the service's own users and passwords are not there. */
  restorer(open: OpenPlace): DumpRestorer;
  /** Sees a dump on its way to the server, and counts what the server is asked for then. It is used for one reading. */
  counter(dump: ReadableDump): Counter;
  count(asked: TrialQuestion, counted: Counted<Counter>): Promise<Tally[]>;
  ask(asked: TrialQuestion, query: string, database: string | undefined): Promise<string>;
}

export interface TrialQuestion {
  place: ToolPlace;
  /** The start of each error. */
  what: string;
  signal: AbortSignal;
}

export interface Counted<Counter> {
  dump: ReadableDump;
  /** Has seen all of it. */
  counter: Counter;
}

export interface Tally {
  /** What has them, for the beginning of a sentence: `Database app`. */
  of: string;
  /** What is counted: `tables`. */
  what: string;
  there: number;
  dumped: number;
}

/** Of what is lacking. */
const TOLD_AT_MOST = 20;

/** To give the directory of its data to its own user, and to become that. */
const CAPABILITIES = ["CHOWN", "DAC_OVERRIDE", "FOWNER", "SETGID", "SETUID"];

export function dumpTrials<Counter extends DumpExaminer>(
  kind: TrialKind<Counter>,
  context: StackContext,
): DumpTrials {
  return {
    service: kind.service,
    container: { env: kind.env, capabilities: CAPABILITIES },
    open: (container) => serverIn(container, kind, context),
  };
}

function serverIn<Counter extends DumpExaminer>(
  container: Container,
  kind: TrialKind<Counter>,
  context: StackContext,
): TrialServer {
  const name = `${kind.service} of the drill`;
  const place = new ServicePlace({ service: name, user: kind.runAs, container, others: 0 }, context);
  const restorer = kind.restorer(async () => place);
  const counted = new Map<string, Counted<Counter>>();
  const question = (signal: AbortSignal): TrialQuestion => ({
    ...{ place, signal },
    what: `Asking service ${name}`,
  });
  return {
    async isReady(signal) {
      try {
        await askTool(place, kind.probe, question(signal));
        return true;
      } catch (error) {
        if (signal.aborted || !(error instanceof HoldfastError)) throw error;
        return false;
      }
    },
    async restore({ dumps, signal, onProgress }) {
      const seen = dumps.map((dump) => ({
        ...dump,
        read: (until: AbortSignal) => counting(kind, dump, counted, until),
      }));
      const restored = await restorer.restore({ dumps: seen, signal, onProgress });
      await restored.accept(signal);
    },
    async compare(dumps, signal) {
      const lacking: string[] = [];
      for (const { object } of dumps) {
        const of = counted.get(object);
        const tallies = of === undefined ? [] : await kind.count(question(signal), of);
        lacking.push(...tallies.filter(({ there, dumped }) => there < dumped).map(sentenceOf));
      }
      const rest = lacking.length - TOLD_AT_MOST;
      const more = rest > 0 ? [`${rest} more are lacking in the same way.`] : [];
      return [...lacking.slice(0, TOLD_AT_MOST), ...more];
    },
    ask: async ({ query, database }, signal) => (await kind.ask(question(signal), query, database)).trim(),
  };
}

/** What is read to its end has been counted. */
async function* counting<Counter extends DumpExaminer>(
  kind: TrialKind<Counter>,
  dump: ReadableDump,
  counted: Map<string, Counted<Counter>>,
  signal: AbortSignal,
): AsyncGenerator<Uint8Array> {
  const counter = kind.counter(dump);
  yield* examined(dump.read(signal), {
    examiner: counter,
    onBytes: () => undefined,
    what: `Reading ${dump.object}`,
  });
  counted.set(dump.object, { dump, counter });
}

function sentenceOf({ of, what, there, dumped }: Tally): string {
  return `${of} has ${there} ${what} when it is restored, and its dump ${dumped}.`;
}

/** Of what is counted in the server, beside what the dump's commit record tells of it. */
export function objectTallies(
  of: string,
  dump: ReadableDump,
  there: ReadonlyMap<string, number | undefined>,
): Tally[] {
  return [...there].map(([what, count = 0]) => {
    const dumped = dump[what];
    return { of, what, there: count, dumped: typeof dumped === "number" ? dumped : 0 };
  });
}

export function rowTally(of: string, there: number | undefined, dumped: number): Tally {
  return { of, what: "rows", there: there ?? 0, dumped };
}

/** How a point of dumps is drilled: given back to a server of its own, that nobody can reach, which is then asked what it has. */
import type { DrillCheck, QueryCheck } from "../../domain/drill-check.ts";
import { hasCode, HoldfastError, messageOf } from "../../domain/errors.ts";
import { formatCount, formatSize } from "../../domain/human-text.ts";
import { MINUTE, SECOND, type Milliseconds } from "../../domain/instant.ts";
import type { ReadableDump } from "../../ports/dump-restorer.ts";
import type { DumpTrials, TrialServer } from "../../ports/dump-trial.ts";
import type { AppContext } from "../app-context.ts";
import { openDumps } from "../dumps-of-point.ts";
import type { PointCopy } from "../locate-point.ts";
import type { DrillFindings, DrillOptions, PointDrill } from "../run-drill.ts";
import { problemsOfAnswer } from "./check-query.ts";
import { drillPlaces, makeDrillPlace, sweepDrillPlaces, type DrillPlace } from "./drill-place.ts";
import { assertRoom } from "./room.ts";
import { sweepThrowaways, withThrowaway } from "./throwaway-container.ts";

export interface DumpDrillOptions {
  trials: DumpTrials;
  /** Directory that tells that the drill lives, and whose disk tells how much room there is. */
  scratch: string;
  /** The Compose project of the service. */
  project: string;
  checks: readonly DrillCheck[];
}

/** A server makes its first database in seconds; where all others come first for a busy processor it takes long. */
const READY_WITHIN: Milliseconds = 10 * MINUTE;
const LOOK_EVERY: Milliseconds = SECOND;
/** What a database takes of its dump: indexes, rows with their headers. */
const GROWTH = 3;

export function dumpDrill(context: AppContext, options: DumpDrillOptions): PointDrill {
  return {
    isExclusive: false,
    async clean(_job, signal) {
      await sweepDrillPlaces(options.scratch, context.processes);
      const names = await sweepThrowaways(context, await drillPlaces(options.scratch), signal);
      return names.map((name) => `The container ${name}`);
    },
    async drill(copy, drilling) {
      const place = await makeDrillPlace(options.scratch, context.processes);
      try {
        const { id, record } = copy.point;
        await assertRoom(place.directory, { id, bytes: record.totals.sourceBytes * GROWTH });
        return await inOwnServer(context, options, { ...drilling, copy, place });
      } finally {
        await place.remove();
      }
    },
  };
}

interface Drilling extends DrillOptions {
  copy: PointCopy;
  place: DrillPlace;
}

async function inOwnServer(
  context: AppContext,
  options: DumpDrillOptions,
  drilling: Drilling,
): Promise<DrillFindings> {
  const { runtime, locks, keys } = context;
  const { copy, place, phases, reporter, signal } = drilling;
  const { store, point } = copy;
  const image = await imageOf(context, options, signal);
  const points = [point.id, ...point.record.needs];
  const use = await locks.use(store, { operation: "drill", points, signal });
  const until = AbortSignal.any([signal, use.signal]);
  const throwaway = {
    ...{ job: point.job, place: place.name, signal: until },
    warn: (message: string) => reporter.warn(message),
  };
  const request = { image, command: [], asItsImage: true, ...options.trials.container };
  try {
    const dumps = await openDumps(copy, { keys, signal: until });
    return await withThrowaway(context, request, throwaway, async (id) => {
      const server = await phases.measure("starting a server", async () => {
        await runtime.start(id, until);
        return ready(context, options.trials, id, until);
      });
      return restoreAndAsk(server, options.checks, { ...drilling, dumps, signal: until });
    });
  } catch (error) {
    if (until.aborted || !hasCode(error, "damaged")) throw error;
    return { problems: [messageOf(error)], made: [], bytes: 0 };
  } finally {
    await use.release();
  }
}

async function restoreAndAsk(
  server: TrialServer,
  checks: readonly DrillCheck[],
  { dumps, phases, reporter, copy, signal }: Drilling & { dumps: readonly ReadableDump[] },
): Promise<DrillFindings> {
  const totalBytes = copy.point.record.totals.sourceBytes;
  const onProgress = (bytes: number): void =>
    reporter.progress({ phase: "restoring", files: 0, bytes, totalBytes });
  const refused = await phases.measure("restoring", () =>
    whatItSays(() => server.restore({ dumps, signal, onProgress })),
  );
  if (refused !== undefined) return { problems: [refused], made: [], bytes: 0 };
  const problems = await phases.measure("checking", async () => {
    const found = await server.compare(dumps, signal);
    for (const check of checks)
      if (check.kind === "query") found.push(...(await problemsOfQuery(server, check, dumps, signal)));
    return found;
  });
  const bytes = dumps.reduce((sum, dump) => sum + dump.bytes, 0);
  const made = [`a server with ${formatCount(dumps.length, "dump")} (${formatSize(bytes)})`];
  return { problems, made, bytes };
}

/** What the server's tools say against a dump, or a question; undefined where all is well. That the disk is full is no fault of the dump's. */
async function whatItSays(work: () => Promise<unknown>): Promise<string | undefined> {
  try {
    await work();
    return undefined;
  } catch (error) {
    if (!hasCode(error, "source") || /no space left|out of memory/i.test(messageOf(error))) throw error;
    return messageOf(error);
  }
}

async function problemsOfQuery(
  server: TrialServer,
  check: QueryCheck,
  dumps: readonly ReadableDump[],
  signal: AbortSignal,
): Promise<string[]> {
  const { query, database } = check;
  const asked = { query, database: database ?? dumps.find((dump) => dump.database !== undefined)?.database };
  let answer = "";
  const refused = await whatItSays(async () => {
    answer = await server.ask(asked, signal);
  });
  return refused === undefined ? problemsOfAnswer(check, answer) : [refused];
}

async function imageOf(
  { runtime }: AppContext,
  { trials, project }: DumpDrillOptions,
  signal: AbortSignal,
): Promise<string> {
  const own = await runtime.ownContainer(signal);
  const named = { project: own?.compose?.project ?? project, service: trials.service };
  const [container] = await runtime.containers(named, signal);
  if (container !== undefined) return container.image;
  throw new HoldfastError("source", {
    what: `Making a server like that of service ${trials.service}`,
    why: `project ${named.project} has no container of it, whose image it would be`,
    next: `create it (\`docker compose up -d ${trials.service}\`)`,
  });
}

async function ready(
  { runtime, clock }: AppContext,
  trials: DumpTrials,
  id: string,
  signal: AbortSignal,
): Promise<TrialServer> {
  const what = `Starting a server of the image of service ${trials.service}`;
  const giveUpAt = clock.monotonic() + READY_WITHIN;
  for (;;) {
    const container = await runtime.inspect(id, signal);
    if (container.state !== "running") {
      const said = (await runtime.logsSince(id, 0, signal)).trim().split("\n").slice(-3).join("; ");
      throw new HoldfastError("runtime", { what, why: said || `its container is ${container.state}` });
    }
    const server = trials.open(container);
    if (await server.isReady(signal)) return server;
    if (clock.monotonic() >= giveUpAt) break;
    await clock.sleep(LOOK_EVERY, { signal });
  }
  const why = `it was not ready within ${READY_WITHIN / MINUTE} minutes`;
  throw new HoldfastError("runtime", { what, why });
}

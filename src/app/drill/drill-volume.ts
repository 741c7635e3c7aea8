/** How a point of files is drilled: restored into a directory that is nobody's, every digest and database checked, and what the job asks for. */
import { join } from "node:path";
import type { DrillCheck } from "../../domain/drill-check.ts";
import { hasCode, messageOf } from "../../domain/errors.ts";
import { formatCount, formatSize } from "../../domain/human-text.ts";
import { SECOND, type Milliseconds } from "../../domain/instant.ts";
import type { AskDatabase } from "../../ports/database-asker.ts";
import type { DatabaseOpener } from "../../ports/database-opener.ts";
import type { AppContext } from "../app-context.ts";
import type { DrillPhases } from "../drill-phases.ts";
import type { PointCopy } from "../locate-point.ts";
import { DatabasesRefused, type DatabaseCheck } from "../open-restored.ts";
import { restoreCopy } from "../restore-copy.ts";
import type { DrillFindings, DrillOptions, PointDrill } from "../run-drill.ts";
import { within } from "../within.ts";
import { problemOfCommand, type CommandContext } from "./check-command.ts";
import { problemsOfFiles } from "./check-files.ts";
import { problemsOfQueryIn } from "./check-query.ts";
import { drillPlaces, makeDrillPlace, sweepDrillPlaces, type DrillPlace } from "./drill-place.ts";
import { assertRoom } from "./room.ts";
import { sweepThrowaways } from "./throwaway-container.ts";

export interface VolumeDrillOptions extends Pick<CommandContext, "project" | "sourceOf" | "home"> {
  /** Directory that the drill's own is made in. */
  scratch: string;
  databases: DatabaseCheck;
  ask: AskDatabase;
  checks: readonly DrillCheck[];
}

/** What an entry takes beside its content. */
const BLOCK = 4096;
/** Under the 10 s in which a cancelled process ends. What is left then is removed by the next start or drill. */
const REMOVAL_LIMIT: Milliseconds = 5 * SECOND;

export function volumeDrill(context: AppContext, options: VolumeDrillOptions): PointDrill {
  return {
    isExclusive: false,
    clean: (_job, signal) => clean(context, options, signal),
    drill: (copy, drilling) => drill(context, options, { copy, ...drilling }),
  };
}

/** Of every job: whether a drill lives is seen at its place. */
async function clean(
  context: AppContext,
  { scratch, checks }: VolumeDrillOptions,
  signal: AbortSignal,
): Promise<string[]> {
  const removed = await sweepDrillPlaces(scratch, context.processes);
  const names = removed.map((path) => `The directory ${path}`);
  if (!checks.some(({ kind }) => kind === "command")) return names;
  const containers = await sweepThrowaways(context, await drillPlaces(scratch), signal);
  return [...names, ...containers.map((name) => `The container ${name}`)];
}

interface Drilling extends DrillOptions {
  copy: PointCopy;
}

async function drill(
  context: AppContext,
  options: VolumeDrillOptions,
  drilling: Drilling,
): Promise<DrillFindings> {
  const place = await makeDrillPlace(options.scratch, context.processes);
  try {
    const { id, record } = drilling.copy.point;
    const { sourceBytes, entries } = record.totals;
    await assertRoom(place.directory, { id, bytes: sourceBytes + entries * BLOCK });
    return await restoreAndCheck(context, options, { ...drilling, place });
  } finally {
    await remove(context, place, drilling);
  }
}

interface PlacedDrill extends Drilling {
  place: DrillPlace;
}

async function restoreAndCheck(
  context: AppContext,
  options: VolumeDrillOptions,
  { copy, place, phases, reporter, signal }: PlacedDrill,
): Promise<DrillFindings> {
  const { job, id } = copy.point;
  const target = join(place.directory, "tree");
  const request = {
    ...{ job, target, signal, choice: { id }, stores: [copy.store], protectedPlaces: [] },
    onExisting: "refuse" as const,
    check: { ...options.databases, opener: measured(options.databases.opener, phases) },
  };
  try {
    const tree = await phases.measure("restoring", () => restoreCopy(context, request, copy, reporter));
    for (const doubt of tree.doubts) reporter.warn(doubt);
    const run = {
      ...{ job, signal, tree: target, place: place.name, scratch: place.directory },
      warn: (text: string) => reporter.warn(text),
    };
    const problems = await phases.measure("checking", async () => {
      const found: string[] = [];
      for (const check of options.checks) {
        signal.throwIfAborted();
        found.push(...(await problemsOf({ ...context, ...options }, check, run)));
      }
      return found;
    });
    const made = [`a copy of ${formatCount(tree.files, "file")} (${formatSize(tree.bytes)})`];
    return { problems, made, bytes: tree.bytes };
  } catch (error) {
    const problems = verdictIn(error);
    if (problems === undefined || signal.aborted) throw error;
    return { problems, made: [], bytes: 0 };
  }
}

/** Undefined for what says nothing about the point. */
function verdictIn(error: unknown): string[] | undefined {
  if (error instanceof DatabasesRefused) return [...error.sentences];
  return hasCode(error, "damaged") ? [messageOf(error)] : undefined;
}

async function problemsOf(
  context: CommandContext & VolumeDrillOptions,
  check: DrillCheck,
  run: Parameters<typeof problemOfCommand>[2] & { scratch: string },
): Promise<string[]> {
  const { ask, databases } = context;
  if (check.kind === "databases") return [];
  if (check.kind === "query")
    return problemsOfQueryIn(run.tree, check, { ...run, ask, keyOf: databases.keyOf });
  if (check.kind !== "command") return problemsOfFiles(run.tree, check);
  const problem = await problemOfCommand(context, check, run);
  return problem === undefined ? [] : [problem];
}

function measured(opener: DatabaseOpener, phases: DrillPhases): DatabaseOpener {
  return { open: (database) => phases.measure("opening databases", () => opener.open(database)) };
}

async function remove(
  { clock }: AppContext,
  place: DrillPlace,
  { reporter, signal }: Drilling,
): Promise<void> {
  const what = `Removing ${place.directory}`;
  const removing = signal.aborted
    ? within({ clock, limit: REMOVAL_LIMIT, what }, () => place.remove())
    : place.remove();
  await removing.catch((error: unknown) => reporter.warn(`${messageOf(error)} The next drill removes it.`));
}

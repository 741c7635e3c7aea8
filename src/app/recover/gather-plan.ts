/** Asks stores, engine and history for what the plan of a recovery is made of. */
import { HoldfastError, messageOf } from "../../domain/errors.ts";
import { toIso, type Instant } from "../../domain/instant.ts";
import type { Job } from "../../domain/job.ts";
import {
  planRecovery,
  type LeftAlone,
  type PlannedService,
  type RecoverableJob,
  type RecoveryPlan,
} from "../../domain/recovery-plan.ts";
import { recentOnly, recentOnlyText } from "../../domain/recent-only.ts";
import type { DumpRestorer } from "../../ports/dump-restorer.ts";
import type { RecoveryRecord } from "../../ports/recovery-log.ts";
import type { Store } from "../../ports/store.ts";
import type { AppContext } from "../app-context.ts";
import { dependentsOf } from "../dependents.ts";
import type { PointChoice } from "../find-point.ts";
import { locatePoint, type PointCopy } from "../locate-point.ts";
import { measuredRestore } from "./measured-restore.ts";
import { PARALLEL_VOLUMES } from "./run-recovery.ts";
import type { StackServices } from "./stack-services.ts";

export interface JobToRecover {
  job: Job;
  stores: readonly Store[];
  dumps: DumpRestorer | undefined;
}

export interface GatherRequest {
  jobs: readonly JobToRecover[];
  /** Names of jobs that were asked for; none: all. */
  only: readonly string[];
  at: Instant | undefined;
  /** Goes on with the points that were chosen when it began. */
  goesOn: RecoveryRecord | undefined;
  services: StackServices;
  /** Services that run and have the job's source mounted. Throws where it cannot be reached. */
  usersOf: (job: string, signal: AbortSignal) => Promise<readonly string[]>;
  signal: AbortSignal;
}

export interface GatheredPlan {
  plan: RecoveryPlan;
  /** One sentence each. */
  warnings: string[];
}

/** Throws `refused` with all that keeps jobs from being recovered. */
export async function gatherPlan(context: AppContext, request: GatherRequest): Promise<GatheredPlan> {
  const { only, services, signal } = request;
  const found: RecoverableJob[] = [];
  const leftAlone: LeftAlone[] = [];
  const warnings = new Set<string>();
  const troubles: string[] = [];
  for (const wanted of chosen(request)) {
    const aside = whyAside(wanted);
    if (aside !== undefined) {
      leftAlone.push(aside);
      continue;
    }
    try {
      const job = await recoverable(context, request, wanted, (message) => warnings.add(message));
      if ("why" in job) leftAlone.push(job);
      else found.push(job);
    } catch (error) {
      signal.throwIfAborted();
      troubles.push(`${wanted.job.name}: ${messageOf(error)}`);
    }
  }
  if (troubles.length > 0) throw notPlanned(troubles);
  const plan = planRecovery({
    ...{ jobs: found, leftAlone, now: context.clock.now(), parallel: PARALLEL_VOLUMES },
    services: servicesOf(await services.all(signal)),
    isPartial: only.length > 0,
  });
  return { plan, warnings: [...warnings] };
}

function chosen({ jobs, only, goesOn }: GatherRequest): JobToRecover[] {
  if (goesOn === undefined) return jobs.filter(({ job }) => only.length === 0 || only.includes(job.name));
  const lost = goesOn.steps.find(({ job }) => !jobs.some((each) => each.job.name === job));
  if (lost === undefined) return jobs.filter(({ job }) => goesOn.steps.some((step) => step.job === job.name));
  throw new HoldfastError("refused", {
    what: "Going on with the recovery",
    why: `job ${lost.job}, which it is to restore, is not in the config any more`,
    next: "put it back, or give the recovery up with `holdfast recover --abandon`",
  });
}

function whyAside({ job, dumps }: JobToRecover): LeftAlone | undefined {
  const { name, sourceKind } = job;
  const of = (why: string, next: string): LeftAlone => ({ job: name, why, next });
  if (sourceKind === "volume" || dumps !== undefined) return undefined;
  if (sourceKind === "gce-disk")
    return of("disks are made of it, not restored", `see \`holdfast gce runbook\` and docs/gce.md`);
  if (sourceKind === "container")
    return of(
      "its source is in a container, which is as its image makes it",
      `\`holdfast restore ${name} --to DIRECTORY\`, then \`docker compose cp\``,
    );
  return of("nothing is known that takes its dumps back", `\`holdfast restore ${name} --to DIRECTORY\``);
}

/** What has no point yet keeps nothing else from coming back. */
async function recoverable(
  context: AppContext,
  request: GatherRequest,
  { job, stores, dumps }: JobToRecover,
  warn: (message: string) => void,
): Promise<RecoverableJob | LeftAlone> {
  const { catalog, stack, state } = context;
  const { signal, services, usersOf } = request;
  const located = await pointOf(
    { catalog, stack, stores, job: job.name, signal },
    choiceFor(request, job.name),
  );
  if ("why" in located) return located;
  for (const warning of located.warnings) warn(warning);
  const { point } = located.copy;
  const { id, store, startedAt, record } = point;
  const recent = recentOnly(record);
  if (recent !== undefined)
    return {
      ...{ job: job.name, why: recentOnlyText(recent) },
      next: `\`holdfast restore ${job.name} --to DIRECTORY\``,
    };
  const users =
    dumps === undefined
      ? await usersOf(job.name, signal)
      : [...(await dependentsOf(dumps.service, services.context, signal)), ...dumps.stopForRestore];
  return {
    ...{ job: job.name, kind: dumps === undefined ? "volume" : "dump", service: dumps?.service, users },
    point: { id, store, startedAt, sourceBytes: record.totals.sourceBytes },
    measured: measuredRestore(job.name, { runs: state.runs, proof: point.lastProof }),
  };
}

function choiceFor({ at, goesOn }: GatherRequest, job: string): PointChoice {
  const begun = goesOn?.steps.find((step) => step.job === job);
  if (begun !== undefined) return { id: begun.point.id };
  return at === undefined ? { newest: true } : { at };
}

async function pointOf(
  request: Omit<Parameters<typeof locatePoint>[0], "choice"> & { job: string },
  choice: PointChoice,
): Promise<{ copy: PointCopy; warnings: string[] } | LeftAlone> {
  try {
    const { copies, warnings } = await locatePoint({ ...request, choice });
    return { copy: copies[0], warnings };
  } catch (error) {
    if (!(error instanceof HoldfastError) || error.code !== "not-found" || "id" in choice) throw error;
    const why = "at" in choice ? `it has no point of ${toIso(choice.at)} or before` : "it has no point yet";
    return { job: request.job, why, next: undefined };
  }
}

/** Of its replicas one counts. */
function servicesOf(containers: Awaited<ReturnType<StackServices["all"]>>): PlannedService[] {
  const byName = Map.groupBy(containers, ({ compose }) => compose?.service ?? "");
  return [...byName].map(([service, replicas]) => ({
    service,
    dependsOn: [...new Set(replicas.flatMap(({ compose }) => compose?.dependsOn ?? []))],
    isRunning: replicas.some(({ state }) => ["running", "restarting", "paused"].includes(state)),
  }));
}

function notPlanned(troubles: readonly string[]): HoldfastError {
  const next =
    "nothing was changed: mend that, take an earlier moment by --at, or name the jobs that can be recovered with --only";
  return new HoldfastError("refused", {
    what: "Planning the recovery",
    why: troubles.join(" "),
    next,
  });
}

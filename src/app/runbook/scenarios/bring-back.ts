/** The steps that bring data back: of the whole stack, or of some jobs. By `holdfast recover` where an engine can be asked, else job by job. */
import type { RunbookFacts, RunbookJob } from "../facts.ts";
import { plain } from "../markdown.ts";
import { aloneWith, alone, choice, compose, fillIn, ours, variable, variables } from "./commands.ts";
import { elsewhere, step } from "./scenario.ts";

/** Of jobs that one command brings back. */
export function recoverable({ jobs }: RunbookFacts): RunbookJob[] {
  return jobs.filter((job) => job.canRestoreInPlace);
}

export function chooseMoment({ timezone }: RunbookFacts): string {
  return fillIn("AT", `a moment before it went wrong, such as 2026-01-31T03:00 (${timezone})`);
}

/** `app: data, uploads` for somebody who knows which service is at fault. */
export function namesOf(jobs: readonly RunbookJob[]): string {
  return jobs
    .map(({ name, services }) => (services.length === 0 ? name : `${name} (used by ${services.join(", ")})`))
    .join("; ");
}

/** Which points there are, of one job where there is no choice. */
export function findMoment(facts: RunbookFacts, jobs: readonly RunbookJob[]): string {
  const [only] = jobs;
  return step(
    "Find the newest point from before it went wrong: what was written after that is lost.",
    ours(facts, "list", ...(only !== undefined && jobs.length === 1 ? [only.name] : [])),
  );
}

/** Back to the moment `AT`, which is asked for here unless it was before, of jobs that are chosen while the stack runs. */
export function rollBack(
  facts: RunbookFacts,
  jobs: readonly RunbookJob[],
  { isAsked = false }: { isAsked?: boolean } = {},
): string[] {
  const moment = isAsked ? [] : [chooseMoment(facts)];
  if (facts.services === undefined) {
    const each = jobs.map(({ name }) =>
      ours(facts, "restore", name, "--at", variable("AT"), "--in-place", "--yes"),
    );
    return [step("Bring back what is wrong. Leave out the lines of all else.", ...moment, ...each)];
  }
  const names = choice(
    "JOBS",
    jobs.map(({ name }) => name),
    `one or more of: ${namesOf(jobs)}`,
  );
  const back = ["recover", "--only", variables("JOBS"), "--at", variable("AT")];
  return [
    step(
      "See what would come back, what would be lost, and which services stop meanwhile.",
      names,
      ...moment,
      ours(facts, ...back, "--dry-run"),
    ),
    step(
      "Do it. What is there now is kept, and the report says where. If it is cut off, the same command without `--only` and `--at` goes on.",
      ours(facts, ...back, "--yes"),
    ),
  ];
}

/** All of it, into containers that are made anew. `at`: to the moment `AT`, which was asked for. */
export function bringBackAll(facts: RunbookFacts, { at = false }: { at?: boolean } = {}): string[] {
  const moment = at ? ["--at", variable("AT")] : [];
  const make = step(
    "Make containers, networks and volumes as they were, empty. Nothing is started.",
    compose("up", "--no-start"),
  );
  return [
    make,
    ...(facts.services === undefined ? eachJob(facts, moment) : allJobs(facts, moment)),
    ...otherwise(facts, moment),
    step("Start what does not run yet, Holdfast too.", compose("up", "--detach")),
    ...refill(facts),
  ];
}

function allJobs(facts: RunbookFacts, moment: readonly string[]): string[] {
  return [
    step(
      "See what would come back, as of when, and how long it takes.",
      alone(facts, "recover", ...moment, "--dry-run"),
    ),
    step(
      "Bring everything back, volumes first, then databases, and start it. If it is cut off, the same command goes on where it was.",
      alone(facts, "recover", ...moment, "--yes"),
    ),
  ];
}

function eachJob(facts: RunbookFacts, moment: readonly string[]): string[] {
  const restore = ({ name }: RunbookJob) => alone(facts, "restore", name, ...moment, "--in-place", "--yes");
  const of = (shape: RunbookJob["shape"]) => recoverable(facts).filter((job) => job.shape === shape);
  const [files, dumps] = [of("files"), of("dump")];
  const servers = [...new Set(dumps.flatMap(({ services }) => services))];
  return [
    ...(files.length === 0 ? [] : [step("Bring back the files.", ...files.map(restore))]),
    ...(dumps.length === 0
      ? []
      : [
          step("Start the database servers alone.", compose("up", "--detach", "--wait", ...servers)),
          step("Bring back the databases.", ...dumps.map(restore)),
        ]),
  ];
}

/** What no command puts back where it was. */
function otherwise(facts: RunbookFacts, moment: readonly string[]): string[] {
  const others = facts.jobs.filter(({ canRestoreInPlace }) => !canRestoreInPlace);
  const written = others.filter(({ shape }) => shape === "files" || shape === "dump");
  const managed = others.filter(({ shape }) => shape === "managed");
  return [
    ...(written.length === 0
      ? []
      : [
          step(
            "These come into a directory, `./restore`. Put them where they belong by the tools of what uses them.",
            ...written.map(({ name }) =>
              aloneWith(
                facts,
                ["--volume", "./restore:/restore"],
                ...["restore", name, ...moment, "--to", `/restore/${name}`],
              ),
            ),
          ),
        ]),
    ...(managed.length === 0
      ? []
      : [
          elsewhere(
            `${managed.map(({ name }) => plain(name)).join(", ")}: the cloud brings it back; this prints the commands for it.`,
            ...managed.map(({ name }) => alone(facts, "restore", name, ...moment)),
          ),
        ]),
  ];
}

/** Stores that were lost with the volumes. */
function refill({ stores, ...facts }: RunbookFacts): string[] {
  const [away] = stores.filter(({ isHere, address }) => !isHere && address !== undefined);
  const lost = stores.filter(({ isInStack }) => isInStack);
  if (away === undefined || lost.length === 0) return [];
  return [
    step(
      "Fill again the stores that were in volumes of the stack, from the one that was not.",
      ...lost.map(({ name }) => ours(facts, "copy", "--from", away.name, "--to", name)),
    ),
  ];
}

/** The machine is there, and something on it is wrong: a service, or some of the data. */
import type { RunbookFacts, RunbookJob } from "../facts.ts";
import { chooseMoment, findMoment, namesOf, recoverable, rollBack } from "./bring-back.ts";
import { choice, compose, fillIn, ours, variable, variables } from "./commands.ts";
import { byHand, step, type Scenario, CHECK_AFTERWARDS } from "./scenario.ts";

export function containerCrash(facts: RunbookFacts): Scenario {
  return {
    title: "A container crashes, or a deploy is bad",
    shows: "health checks, errors in logs; the data is as it was, and nothing needs to be restored.",
    steps: [
      step(
        "Look at what does not run, and why.",
        compose("ps", "--all"),
        compose("logs", "--since", "30m", "--tail", "200"),
      ),
      byHand("where a deploy is at fault, put the former image back into the Compose file."),
      step(
        "Make its container anew. Volumes stay as they are.",
        chooseService(facts),
        compose("up", "--detach", "--force-recreate", "--no-deps", variable("SERVICE")),
      ),
      step("See that it runs, and that backups go on.", compose("ps", "--all"), ours(facts, "status")),
      "Where the new version has changed data, go on with “A wrong image was rolled out”.",
    ],
  };
}

function chooseService({ services = [] }: RunbookFacts): string {
  const names = services.map(({ name }) => name);
  return fillIn(
    "SERVICE",
    names.length === 0 ? "its name in the Compose file" : `one of: ${names.join(", ")}`,
  );
}

export function wrongImage(facts: RunbookFacts): Scenario {
  const jobs = recoverable(facts);
  return {
    title: "A wrong image was rolled out",
    shows: "a service that ran a migration, or wrote nonsense, since its last deploy.",
    steps: [
      step(
        "Stop the service before it writes more, and see when its container was made: that was the deploy.",
        chooseService(facts),
        compose("stop", variable("SERVICE")),
        compose("ps", "--all", variable("SERVICE")),
      ),
      byHand("put the former image back into the Compose file."),
      step(
        "Make its container of that image, and do not start it yet.",
        compose("up", "--no-start", "--force-recreate", "--no-deps", variable("SERVICE")),
      ),
      ...(jobs.length === 0 ? [] : [findMoment(facts, jobs), ...rollBack(facts, jobs)]),
      step(
        "Start the service, where that has not happened yet.",
        compose("up", "--detach", variable("SERVICE")),
      ),
      CHECK_AFTERWARDS,
    ],
  };
}

export function corruptedVolume(facts: RunbookFacts): Scenario | undefined {
  const files = recoverable(facts).filter(({ shape }) => shape === "files");
  if (files.length === 0) return undefined;
  return {
    title: "Files in a volume are damaged or were deleted",
    shows: "errors of an application; files that are missing, empty or cannot be opened.",
    steps: [
      findMoment(facts, files),
      aFew(facts, files),
      ...rollBack(facts, files, { isAsked: true }),
      CHECK_AFTERWARDS,
    ],
  };
}

function aFew(facts: RunbookFacts, files: readonly RunbookJob[]): string {
  const names = files.map(({ name }) => name);
  const back = ["--path", variables("FILES"), "--in-place", "--yes"];
  return step(
    "Where only a few files or directories are wrong, bring these back, and it is done. Services that use them stop meanwhile. Otherwise fill in the lines above the last, and go on.",
    choice("JOB", names, `one of: ${namesOf(files)}`),
    chooseMoment(facts),
    fillIn("FILES", "paths as they are below the root of the volume, such as uploads/1.png reports"),
    ours(facts, "restore", variable("JOB"), "--at", variable("AT"), ...back),
  );
}

export function corruptedDatabase(facts: RunbookFacts): Scenario | undefined {
  const dumps = facts.jobs.filter(({ shape }) => shape === "dump");
  if (dumps.length === 0) return undefined;
  const back = dumps.filter(({ canRestoreInPlace }) => canRestoreInPlace);
  const others = dumps.filter(({ canRestoreInPlace }) => !canRestoreInPlace);
  return {
    title: "A database is damaged, or rows were deleted",
    shows: "errors of the server; a query that gives nonsense.",
    steps: [
      ...(back.length === 0 ? [] : [findMoment(facts, back), ...rollBack(facts, back)]),
      ...(others.length === 0
        ? []
        : [
            `${others.map(({ name }) => `**${name}**`).join(", ")}: no command puts it back where it was. Write the dump into a directory, as under “\`docker compose down -v\`”, and load it with the server's own tool.`,
          ]),
      CHECK_AFTERWARDS,
    ],
  };
}

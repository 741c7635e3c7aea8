/** The data is whole, and what runs on it is not. */
import {
  command,
  jobsOf,
  restoreCommands,
  step,
  storesOfFiles,
  type Scenario,
  CHECK_AFTERWARDS,
} from "./scenario.ts";
import type { RunbookFacts } from "../facts.ts";

export function containerCrash(): Scenario {
  return {
    title: "A container crashes, or a deploy is bad",
    shows: "health checks, errors in logs; the data is as it was, and nothing needs to be restored.",
    steps: [
      step(
        "Look at what does not run, and why.",
        "docker compose ps --all",
        "docker compose logs --tail 200 SERVICE",
      ),
      step(
        "Start it again. Where the new version is at fault, name the old image in the Compose file first.",
        "docker compose up -d SERVICE",
      ),
      step("See that the backups still go on.", command("status")),
      "Where the new version has changed data, go on with “A wrong image was rolled out”.",
    ],
  };
}

export function wrongImage(facts: RunbookFacts): Scenario {
  const data = [...jobsOf(facts, "files"), ...jobsOf(facts, "dump")];
  return {
    title: "A wrong image was rolled out",
    shows: "a service that ran a migration, or wrote nonsense, since its last deploy.",
    steps: [
      step("Stop the service before it writes more.", "docker compose stop SERVICE"),
      step(
        "Keep what there is now: somebody may want to look at it.",
        ...data.map(({ name }) => command("backup", name)),
      ),
      "Name the old image in the Compose file. Note the time of the deploy.",
      step(
        "Bring back the data as of before the deploy. Only what the service uses: leave out the other lines.",
        ...restoreCommands(data, ["--at", "YYYY-MM-DDTHH:MM"]),
      ),
      step("Start the service with the old image.", "docker compose up -d SERVICE"),
      CHECK_AFTERWARDS,
    ],
  };
}

export function partition(facts: RunbookFacts): Scenario {
  const { jobs } = facts;
  const stores = storesOfFiles(facts);
  const away = stores.filter(({ isHere }) => !isHere);
  const [from] = stores.filter(({ isHere }) => isHere);
  const copies =
    from === undefined ? [] : away.map(({ name }) => command("copy", "--from", from.name, "--to", name));
  const goesOn =
    from === undefined
      ? "While no store answers, no backup succeeds: the data is only where it is."
      : `Backups go on to ${from.name} meanwhile; those runs are partial.`;
  return {
    title: "The network is gone, or a store does not answer",
    shows: `alerts of a store that is down; \`holdfast status\`. ${goesOn}`,
    steps: [
      step("Find out which store, and why.", command("doctor")),
      "Repair the network, the name service or the credentials. Nothing is lost by waiting, but what is not backed up yet is at risk.",
      step(
        "Then back up, and bring the store up to date.",
        command("backup", ...jobs.map(({ name }) => name)),
        ...copies,
      ),
      step("See that all is fresh.", command("status")),
    ],
  };
}

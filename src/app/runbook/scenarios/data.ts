/** The data is gone or wrong, and the machine is there. */
import type { RunbookFacts, RunbookJob } from "../facts.ts";
import {
  command,
  jobsOf,
  restoreCommands,
  step,
  storesOfFiles,
  type Scenario,
  CHECK_AFTERWARDS,
} from "./scenario.ts";

export function volumesRemoved(facts: RunbookFacts): Scenario | undefined {
  const files = jobsOf(facts, "files");
  const dumps = jobsOf(facts, "dump");
  if (files.length + dumps.length === 0) return undefined;
  const servers = dumps.flatMap(({ services }) => services);
  return {
    title: "`docker compose down -v`: every volume of the stack is gone",
    shows: "empty applications; services that begin anew.",
    steps: [
      step("Stop everything, so that nobody writes into what is empty.", "docker compose stop"),
      step("Make the volumes again, empty.", "docker compose up --no-start"),
      ...(files.length === 0 ? [] : [step("Bring back the files.", ...restoreCommands(files))]),
      ...(dumps.length === 0
        ? []
        : [
            step(
              "Start the database servers alone, and wait until they are healthy.",
              `docker compose up -d --wait ${[...new Set(servers)].join(" ") || "SERVICE"}`,
            ),
            step("Bring back the databases.", ...restoreCommands(dumps)),
          ]),
      step("Start everything.", "docker compose up -d --wait"),
      CHECK_AFTERWARDS,
    ],
  };
}

export function corruptedVolume(facts: RunbookFacts): Scenario | undefined {
  const files = jobsOf(facts, "files");
  const [first] = files;
  if (first === undefined) return undefined;
  return {
    title: "Files in a volume are damaged or were deleted",
    shows: "errors of an application; files that are missing, empty or cannot be opened.",
    steps: [
      step(
        "Find the newest point that is from before it. `ls` and `cat` look into a point without restoring it.",
        ...files.map(({ name }) => command("list", name)),
        "holdfast ls POINT some/directory",
        "holdfast cat POINT some/file",
      ),
      step("See that the point is whole.", command("verify", first.name, "--point", "POINT")),
      step(
        "Bring it back; what is there now is kept aside. `--path` brings back only some of it. Services that use it are stopped and started by Holdfast.",
        ...files.map(({ name }) => command("restore", name, "--point", "POINT", "--in-place", "--keep-old")),
      ),
      CHECK_AFTERWARDS,
    ],
  };
}

export function corruptedDatabase(facts: RunbookFacts): Scenario | undefined {
  const dumps = jobsOf(facts, "dump");
  if (dumps.length === 0) return undefined;
  return {
    title: "A database is damaged, or rows were deleted",
    shows: "errors of the server; a query that gives nonsense.",
    steps: [
      step(
        "Keep what there is now, if the server still answers.",
        ...dumps.map(({ name }) => command("backup", name)),
      ),
      step(
        "Find the newest point that is from before it.",
        ...dumps.map(({ name }) => command("list", name)),
      ),
      ...dumps.map(oneDatabase),
      CHECK_AFTERWARDS,
    ],
  };
}

function oneDatabase({ name, what, canRestoreInPlace }: RunbookJob): string {
  return canRestoreInPlace
    ? step(
        `${what}: bring it back. A dump of what is there is kept first. Without \`--at\`, the newest point.`,
        command("restore", name, "--at", "YYYY-MM-DDTHH:MM", "--in-place"),
      )
    : step(
        `${what}: write the dump to a directory, and load it with the server's own tool.`,
        command("restore", name, "--at", "YYYY-MM-DDTHH:MM", "--to", `/restore/${name}`),
      );
}

export function lostDisk(facts: RunbookFacts): Scenario {
  const disks = jobsOf(facts, "disk");
  const stores = storesOfFiles(facts);
  const here = stores.filter(({ isHere }) => isHere);
  const [away] = stores.filter(({ isHere }) => !isHere);
  const copies =
    away === undefined ? [] : here.map(({ name }) => command("copy", "--from", away.name, "--to", name));
  return {
    title: "A disk of the machine is lost",
    shows: "I/O errors in `dmesg`; a mount that is missing or read-only.",
    steps: [
      step("Stop everything that writes.", "docker compose stop"),
      ...(disks.length === 0
        ? ["Replace the disk, make a file system on it and mount it where the old one was."]
        : disks.map(({ name }) =>
            step(
              "Make a new disk of the newest snapshot, and attach it to the machine.",
              command("restore", name, "--to-disk", `${name}-new`, "--attach", "ZONE/VM"),
            ),
          )),
      step(
        "Where the directory of a store was on it, see what Holdfast says of it, and fill it again later from another store.",
        command("doctor"),
        ...copies,
      ),
      "Where volumes of Docker were on it, go on with “`docker compose down -v`”.",
    ],
  };
}

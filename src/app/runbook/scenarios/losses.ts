/** The data is gone, with its volumes, its disk or its machine. */
import { laidAt } from "../../../domain/stack-layout.ts";
import type { RunbookFacts, RunbookStore } from "../facts.ts";
import { shell, word } from "../markdown.ts";
import { measured } from "../measured.ts";
import { bringBackAll, chooseMoment, recoverable } from "./bring-back.ts";
import { bare, compose, fillIn, fillInKey, ours, variable } from "./commands.ts";
import { byHand, elsewhere, step, type Scenario, CHECK_AFTERWARDS } from "./scenario.ts";
import { environment } from "./shell-session.ts";

export function volumesRemoved(facts: RunbookFacts): Scenario | undefined {
  if (recoverable(facts).length === 0) return undefined;
  return {
    title: "`docker compose down -v`: every volume of the stack is gone",
    shows: "empty applications; services that begin anew.",
    steps: [...bringBackAll(facts), CHECK_AFTERWARDS],
  };
}

export function lostDisk(facts: RunbookFacts): Scenario {
  const disks = facts.jobs.filter(({ shape }) => shape === "disk");
  return {
    title: "A disk of the machine is lost",
    shows: "I/O errors in `dmesg`; a mount that is missing or read-only.",
    steps: [
      step("Stop everything that writes.", compose("stop")),
      ...(disks.length === 0
        ? [byHand("replace the disk, make a file system on it, and mount it where the old one was.")]
        : disks.map(({ name }) =>
            elsewhere(
              `a new disk of the newest snapshot of ${name}, attached to the machine.`,
              fillIn("VM", "zone and name, such as europe-north1-a/shop-1"),
              ours(facts, "restore", name, "--to-disk", `${name}-new`, "--attach", variable("VM")),
            ),
          )),
      ...(recoverable(facts).length === 0 ? [] : bringBackAll(facts)),
      "Where the directory of a store was on it, go on with “A bucket, or another place of backups, is lost”.",
      CHECK_AFTERWARDS,
    ],
  };
}

export function lostMachine(facts: RunbookFacts): Scenario {
  const away = awayFrom(facts);
  const whole = facts.hasDisks
    ? [
        elsewhere(
          "where the whole machine is to be as it was, make it again of its snapshots. Another machine with Holdfast prints the commands.",
          fillIn("VM", "its name"),
          fillIn("ZONE", "such as europe-north1-a"),
          `holdfast gce runbook --vm ${variable("VM")} --zone ${variable("ZONE")}`,
        ),
      ]
    : [];
  return {
    title: "The machine is lost",
    shows: "nothing answers, also not its metrics.",
    steps: [
      ...whole,
      ...(away === undefined
        ? [
            "**No store is away from this machine, or none that can be read by its address: what is not on a disk that was saved is lost.**",
          ]
        : [...newMachine(facts, away), ...bringBackAll(facts), CHECK_AFTERWARDS]),
    ],
  };
}

export function ransomware(facts: RunbookFacts): Scenario {
  const safe = facts.stores.filter(({ isAppendOnly }) => isAppendOnly).map(({ name }) => name);
  const away = awayFrom(facts);
  return {
    title: "Ransomware, or somebody who deletes",
    shows:
      "files that cannot be opened, a note; points that hold much less or have changed entirely (alerts `size-anomaly`, `silent-change`).",
    steps: [
      byHand(
        "take the machine from the network, and leave it as it is: it is evidence. Do not pay before you know what can be restored.",
      ),
      byHand(
        safe.length === 0
          ? "take its credentials away at the provider at once. **No store is append-only: whoever had this machine could delete every point it could reach.**"
          : `take its credentials away at the provider. What ran on the machine could not delete in ${safe.join(", ")}.`,
      ),
      ...(away === undefined
        ? ["**No store is away from this machine: what it had is what there is.**"]
        : [...newMachine(facts, away, { at: true }), ...bringBackAll(facts, { at: true })]),
      "Change every secret: “Credentials have leaked”.",
      CHECK_AFTERWARDS,
    ],
  };
}

/** The first that can be read by its address, those that nobody here could delete from before others. */
function awayFrom({ stores }: RunbookFacts): (RunbookStore & { address: string }) | undefined {
  const found = stores.flatMap((store) =>
    store.isHere || store.address === undefined ? [] : [{ ...store, address: store.address }],
  );
  return found.find(({ isAppendOnly }) => isAppendOnly) ?? found[0];
}

const STACK = "/stack";

function newMachine(
  facts: RunbookFacts,
  { name, kind, address }: RunbookStore & { address: string },
  { at = false }: { at?: boolean } = {},
): string[] {
  const directory = facts.compose?.directory ?? `/srv/${facts.status.stack}`;
  const access = accessOf(kind);
  const image = `IMAGE=${word(facts.image ?? "holdfast")}`;
  return [
    byHand(
      `make a new machine with Docker and Compose, credentials that may read store ${name} (${access.says})${facts.encryption === undefined ? "" : ", and the file that decrypts, which is in no backup"}. Its engine has to have the image:\n\n${measured(shell([image]))}\n`,
    ),
    ...(at
      ? [
          step(
            "Find the newest points from before it.",
            bare(facts, access.options, "list", "--from", address),
            chooseMoment(facts),
          ),
        ]
      : []),
    facts.configJob === undefined
      ? byHand(`bring the Compose files and the config from their repository to \`${directory}\`.`)
      : step(
          "Bring back the Compose files and the config. What is in no backup is listed: secrets, and files that services mount.",
          ...(facts.encryption === undefined ? [] : [fillInKey(facts.encryption)]),
          `mkdir -p ${word(directory)}`,
          bare(
            facts,
            [...access.options, "--volume", `${directory}:${STACK}`],
            ...["recover", "--from", address, ...(at ? ["--at", variable("AT")] : []), "--to", STACK],
          ),
        ),
    byHand(
      `put back what was listed, into \`${directory}\`: files as they were, values of variables into \`.env\`, and those of \`holdfast.yml\` there in place of the variable${at ? ". Secrets are to be new ones" : ""}.`,
    ),
    step("Tell this shell where it is.", ...environment(laid(facts, directory))),
  ];
}

function accessOf(kind: string): { says: string; options: string[] } {
  if (kind === "gcs")
    return {
      says: "the machine's service account; elsewhere than at Google add `--volume KEY.json:/key.json:ro --env GOOGLE_APPLICATION_CREDENTIALS=/key.json` to commands with `--from`",
      options: [],
    };
  if (kind === "s3")
    return {
      says: "in the variables AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY, exported",
      options: ["--env", "AWS_ACCESS_KEY_ID", "--env", "AWS_SECRET_ACCESS_KEY"],
    };
  return {
    says: "an rclone.conf in the directory where you are",
    options: ["--volume", "./rclone.conf:/etc/holdfast/rclone.conf:ro"],
  };
}

/** As `recover --from` lays the files. */
function laid(facts: RunbookFacts, directory: string): RunbookFacts["compose"] {
  const { compose: was, status } = facts;
  return {
    project: was?.project ?? status.stack,
    directory,
    files: (was?.files ?? []).map((file) => `${directory}/${laidAt(file, was?.directory)}`),
  };
}

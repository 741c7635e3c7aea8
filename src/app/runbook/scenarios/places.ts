/** A place is gone: the machine, or where the backups are. */
import type { RunbookFacts } from "../facts.ts";
import { shell, word } from "../markdown.ts";
import {
  command,
  restoreCommands,
  step,
  storesOfFiles,
  type Scenario,
  CHECK_AFTERWARDS,
} from "./scenario.ts";

export function lostMachine(facts: RunbookFacts): Scenario {
  const { stores, configJob, encryption, hasDisks } = facts;
  const [away] = stores.filter(({ isHere, address }) => !isHere && address !== undefined);
  const address = away?.address;
  const whole = hasDisks
    ? [
        step(
          "Where the whole machine is to be as it was, its snapshots make it again: these are the commands.",
          command("gce", "runbook", "--vm", "VM", "--zone", "ZONE"),
        ),
      ]
    : [];
  if (address === undefined) {
    return {
      title: "The machine is lost",
      shows: "nothing answers.",
      steps: [
        ...whole,
        "**No store is away from this machine, or none that can be read by its address: what is not on a disk that was saved is lost.**",
      ],
    };
  }
  return {
    title: "The machine is lost",
    shows: "nothing answers, also not its metrics.",
    steps: [
      ...whole,
      "Make a new machine with Docker and Compose, and with credentials that may read the store.",
      ...(encryption === undefined
        ? []
        : [
            `Bring the ${encryption === "age" ? "identity" : "private key"} that decrypts: it is not in the backups. Add \`--identity FILE\` to each command.`,
          ]),
      step("See what there is, with nothing but the address.", `holdfast list --from ${word(address)}`),
      configJob === undefined
        ? "Bring the Compose files and the config from their repository."
        : step(
            "Bring back the config and the Compose files, and put the secrets into them that `stack.json` lists.",
            `holdfast restore ${configJob} --from ${word(address)} --to /restore/config`,
          ),
      "Go on with “`docker compose down -v`”: make the volumes, restore each job, start everything.",
      CHECK_AFTERWARDS,
    ],
  };
}

export function lostStore(facts: RunbookFacts): Scenario {
  const { jobs } = facts;
  const stores = storesOfFiles(facts);
  const steps = stores.map((lost) => {
    const [other] = stores.filter(({ name }) => name !== lost.name);
    const text = `**${lost.name}** (${lost.place}): make a new one, name it in the config under the same name, then`;
    const fill =
      other === undefined
        ? command("backup", ...jobs.map(({ name }) => name))
        : command("copy", "--from", other.name, "--to", lost.name, "--all");
    return step(text, command("doctor", "--store", lost.name), fill);
  });
  const only = stores.length === 1 ? " **There is one store only: with it, every point is lost.**" : "";
  return {
    title: "A bucket, or another place of backups, is lost",
    shows: `an alert that a store is down; \`holdfast doctor\`.${only}`,
    steps: [
      "Do not restart or remove anything of the stack: its data is the only copy now, or one of few.",
      ...steps,
      step("See that every job is fresh in every store again.", command("status")),
    ],
  };
}

export function ransomware(facts: RunbookFacts): Scenario {
  const { stores, jobs } = facts;
  const safe = stores.filter(({ isAppendOnly }) => isAppendOnly);
  const [from] = safe;
  const restores = jobs.flatMap((job) =>
    restoreCommands(
      [job],
      [
        ...(from !== undefined && job.stores.includes(from.name) ? ["--store", from.name] : []),
        ...["--at", "YYYY-MM-DDTHH:MM"],
      ],
    ),
  );
  return {
    title: "Ransomware, or somebody who deletes",
    shows:
      "files that cannot be opened, a note; points that hold much less or have changed entirely (alerts `size-anomaly`, `silent-change`).",
    steps: [
      "Take the machine from the network, and leave it as it is: it is evidence. Do not pay before you know what can be restored.",
      from === undefined
        ? "**No store is append-only: whoever had this machine could delete every point it could reach.** Take its credentials away at the provider at once."
        : `What runs on the machine cannot delete in ${safe.map(({ name }) => name).join(", ")}. Take its credentials away at the provider all the same.`,
      step(
        "On a clean machine, find the newest point from before it, and keep it from every retention rule.",
        ...jobs.map(({ name }) => command("list", name)),
        "holdfast pin POINT",
      ),
      `Set up the stack as after “The machine is lost”, then restore as of before it:\n\n${shell(restores)}\n`,
      "Change every secret: “Credentials have leaked”.",
      CHECK_AFTERWARDS,
    ],
  };
}

export function leakedCredentials({ stores, encryption, hasToken, channels }: RunbookFacts): Scenario {
  const places = stores.map(({ name, kind, place }) => `**store ${name}** (${kind}, ${place})`);
  return {
    title: "Credentials have leaked",
    shows: "a secret in a repository or a log; sign-ins that nobody knows.",
    steps: [
      `Make new credentials, put them where the config takes them from, and take the old ones away at the provider: ${[...places, ...channels.map((name) => `**channel ${name}**`), ...(hasToken ? ["**http.token**, which also ends every session of the pages"] : [])].join(", ")}.`,
      step(
        "Holdfast takes up a changed config, and changed files of secrets, by itself. See that it can do all it has to.",
        command("config", "check"),
        command("doctor"),
      ),
      ...(encryption === undefined
        ? ["The points are not encrypted: whoever could read a store has had everything in it."]
        : [
            step(
              "Where the key that decrypts has leaked: make a new one, name its public key in the config, and let a new full point be made. Points that are there stay readable with the old key, for whoever has it and them.",
              command("key", "new", "--out", "identity-new.txt"),
              command("backup", "--full"),
            ),
          ]),
      step("Look for points that are missing or were changed.", command("verify")),
      "Change the secrets of the services, too: whoever had the store or the machine has seen them.",
    ],
  };
}

/** The data is whole, and where its backups are kept is gone, out of reach or known to others. */
import type { RunbookFacts, RunbookStore } from "../facts.ts";
import { plain } from "../markdown.ts";
import { alone, compose, ours } from "./commands.ts";
import { byHand, step, type Scenario } from "./scenario.ts";

/** Those that points can be copied to and from. */
function storesOfFiles({ stores }: RunbookFacts): RunbookStore[] {
  return stores.filter(({ address }) => address !== undefined);
}

export function partition(facts: RunbookFacts): Scenario {
  const stores = storesOfFiles(facts);
  const away = stores.filter(({ isHere }) => !isHere);
  const [from] = stores.filter(({ isHere }) => isHere);
  const copies =
    from === undefined ? [] : away.map(({ name }) => ours(facts, "copy", "--from", from.name, "--to", name));
  const goesOn =
    from === undefined
      ? "While no store answers, no backup succeeds: the data is only where it is."
      : `Backups go on to ${from.name} meanwhile; those runs are partial.`;
  return {
    title: "The network is gone, or a store does not answer",
    shows: `alerts of a store that is down; \`holdfast status\`. ${goesOn}`,
    steps: [
      step("Find out which store, and why.", ours(facts, "doctor")),
      byHand(
        "repair the network, the name service or the credentials. Nothing is lost by waiting, but what is not backed up yet is at risk.",
      ),
      step("Then back up, and bring the store up to date.", ours(facts, "backup"), ...copies),
      step("See that all is fresh.", ours(facts, "status")),
    ],
  };
}

export function lostStore(facts: RunbookFacts): Scenario {
  const stores = storesOfFiles(facts);
  const only = stores.length === 1 ? " **There is one store only: with it, every point is lost.**" : "";
  return {
    title: "A bucket, or another place of backups, is lost",
    shows: `an alert that a store is down; \`holdfast doctor\`.${only}`,
    steps: [
      "Do not restart or remove anything of the stack: its data is the only copy now, or one of few.",
      ...stores.flatMap((lost) => refilled(facts, lost, stores)),
      step("See that every job is fresh in every store again.", ours(facts, "status")),
    ],
  };
}

function refilled(facts: RunbookFacts, lost: RunbookStore, stores: readonly RunbookStore[]): string[] {
  const [other] = stores.filter(({ name }) => name !== lost.name);
  const name = `**${plain(lost.name)}**`;
  return [
    byHand(
      `where it is ${name} (${plain(lost.place)}): make a new one, and name it in the config under the same name.`,
    ),
    step(
      other === undefined
        ? `See that ${name} can be used, and back up anew.`
        : `See that ${name} can be used, and bring it what ${plain(other.name)} has.`,
      ours(facts, "doctor", "--store", lost.name),
      other === undefined
        ? ours(facts, "backup", "--full")
        : ours(facts, "copy", "--from", other.name, "--to", lost.name, "--all"),
    ),
  ];
}

export function leakedCredentials(facts: RunbookFacts): Scenario {
  const { stores, channels, hasToken, encryption } = facts;
  const leaked = [
    ...stores.map(({ name, kind, place }) => `**store ${plain(name)}** (${kind}, ${plain(place)})`),
    ...channels.map((name) => `**channel ${plain(name)}**`),
    ...(hasToken ? ["**http.token**, which also ends every session of the pages"] : []),
  ];
  return {
    title: "Credentials have leaked",
    shows: "a secret in a repository or a log; sign-ins that nobody knows.",
    steps: [
      byHand(
        `make new ones of what has leaked, and put them where the config takes them from: ${leaked.join(", ")}.`,
      ),
      step(
        "Have Holdfast take them up, and see that it can do all it has to.",
        compose("up", "--detach"),
        ours(facts, "config", "check"),
        ours(facts, "doctor"),
      ),
      byHand("only now take the old ones away at the provider."),
      ...(encryption === undefined
        ? ["The points are not encrypted: whoever could read a store has had everything in it."]
        : newKey(facts)),
      step("Look for points that are missing or were changed.", ours(facts, "verify")),
      "Change the secrets of the services, too: whoever had the store or the machine has seen them.",
    ],
  };
}

function newKey(facts: RunbookFacts): string[] {
  if (facts.encryption?.opensBy === "passphrase")
    return [
      byHand(
        "where the passphrase has leaked, write a new one into its file, and keep the old one for the points that are there.",
      ),
      step("Make new full points.", ours(facts, "backup", "--full")),
    ];
  if (facts.encryption?.kind === "gpg")
    return [
      byHand(
        "where the private key has leaked, make a new pair, and put its public key where the config takes it from.",
      ),
      step("Make new full points.", ours(facts, "backup", "--full")),
    ];
  return [
    step(
      "Where the key that decrypts has leaked, make a new one. It is in no backup: keep it where the old one was kept.",
      `(umask 077 && ${alone(facts, "key", "new")} > identity-new.txt)`,
      "grep public identity-new.txt",
    ),
    byHand(
      "name its public key in the config under `encryption.age.recipients`, in place of the old one, and where the stack has the identity, put the new lines before the old ones in its file: points that are there stay readable by the old key only.",
    ),
    step(
      "Make new full points, for the new key.",
      ours(facts, "config", "check"),
      ours(facts, "backup", "--full"),
    ),
  ];
}

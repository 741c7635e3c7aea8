/** What there is, what of it is backed up, and what is not. */
import type { RunbookFacts } from "./facts.ts";
import { measured } from "./measured.ts";
import { list, plain, section, table } from "./markdown.ts";

export function inventory(facts: RunbookFacts): string {
  return section(
    "## What there is, and where",
    jobsTable(facts),
    unprotected(facts),
    section("### Where the backups are", storesTable(facts), lostTogether(facts)),
    servicesOf(facts),
  );
}

function jobsTable({ jobs }: RunbookFacts): string {
  if (jobs.length === 0) return "**Nothing is backed up: no job is configured.**";
  return table(
    ["job", "what it backs up", "used by", "kept in", "rules"],
    jobs.map(({ name, what, services, stores, retention }) => [
      plain(name),
      plain(what),
      services.length === 0 ? "–" : services.map(plain).join(", "),
      stores.map(plain).join(", "),
      plain(retention),
    ]),
  );
}

function unprotected({ status: { unprotectedVolumes } }: RunbookFacts): string {
  if (unprotectedVolumes === undefined)
    return "Whether there are volumes that no job backs up is not known: no container engine could be asked.";
  if (unprotectedVolumes.length === 0) return "Every named volume of the stack is backed up by a job.";
  return section(
    "**Not backed up, and lost for good when they are lost:**",
    list(unprotectedVolumes.map(plain)),
  );
}

function storesTable({ stores }: RunbookFacts): string {
  return table(
    ["store", "kind", "where", "what runs here may delete there"],
    stores.map(({ name, kind, place, isAppendOnly }) => [
      plain(name),
      kind,
      plain(place),
      isAppendOnly ? "no" : "yes",
    ]),
  );
}

function lostTogether({ jobs, stores }: RunbookFacts): string {
  const away = new Set(stores.filter(({ isHere }) => !isHere).map(({ name }) => name));
  const here = jobs.filter((job) => job.stores.every((store) => !away.has(store)));
  if (here.length === 0) return "Every job has a store that is not on this machine.";
  return `**Only on this machine, and lost with it: ${here.map(({ name }) => plain(name)).join(", ")}.**`;
}

function servicesOf({ services, configFile, configJob }: RunbookFacts): string {
  const config = [
    configFile === undefined
      ? "There is no config file: the jobs are made of what there is."
      : `The config is \`${configFile}\`.`,
    configJob === undefined
      ? "Neither it nor the Compose files are backed up: keep them in a repository."
      : `It and the Compose files are backed up as job \`${configJob}\`, without their secrets, which are kept elsewhere.`,
  ].join(" ");
  if (services === undefined || services.length === 0) return config;
  const rows = services.map(({ name, image }) => [plain(name), `\`${image.replaceAll("`", "")}\``]);
  return section("### Services", measured(table(["service", "image"], rows)), config);
}

/**
 * The config that does what a service of docker-volume-backup does, each line with its origin. Pure but for the files that the Compose file
 * names. What has no equivalent is told, and no secret is repeated.
 */
import { basename, join } from "node:path/posix";
import type { ComposeFile, ComposeService, Given, ReadFile } from "./compose-services.ts";
import { readComposeFile, readEnvironmentFile } from "./compose-services.ts";
import { Draft } from "./draft.ts";
import { addJobs, type Schedule } from "./offen-jobs.ts";
import { OffenEnvironment } from "./offen-environment.ts";
import { WITHOUT_MEANING } from "./offen-words.ts";

export interface Migration {
  draft: Draft;
  /** Names of the services that were read. */
  services: string[];
  jobs: number;
}

export interface MigrateRequest {
  /** Of the Compose file. */
  text: string;
  path: string;
  /** Only this service; default: each that runs an image of that name. */
  service?: string | undefined;
  readFile: ReadFile;
  /** Names of the files in a directory; none where there is no such directory. */
  listFiles: (directory: string) => string[];
}

const CONFIGS_AT = "/etc/dockervolumebackup/conf.d";

/** Throws an Error that says what is wrong with the Compose file, or that there is nothing to migrate. */
export function migrateOffen(request: MigrateRequest): Migration {
  const compose = readComposeFile(request.text, request.path, request.readFile);
  const services = chosen(compose, request.service);
  const schedules = services.flatMap((service) => schedulesOf(service, request));
  const draft = new Draft();
  const directory = basename(join(request.path, ".."))
    .toLowerCase()
    .replace(/[^a-z0-9_-]/g, "");
  draft.set(
    ["stack"],
    compose.project ?? (directory || "stack"),
    compose.project === undefined ? "the directory's name" : "name",
  );
  for (const schedule of schedules) {
    setOfStack(draft, schedule);
    addJobs(draft, schedule, { compose, isOnly: schedules.length === 1 });
    for (const [key, { from }] of schedule.environment.left()) {
      const why = WITHOUT_MEANING.get(key);
      if (why !== undefined) draft.note(`${key} (${from}) has no equivalent: ${why}.`);
      else if (OF_OFFEN.test(key)) draft.note(`${key} (${from}) is not known to this migration.`);
    }
  }
  const jobs = new Set(draft.lines.filter(({ path }) => path[0] === "jobs").map(({ path }) => path[1])).size;
  return { draft, services: services.map(({ name }) => name), jobs };
}

const OF_OFFEN =
  /^(BACKUP|AWS|WEBDAV|SSH|AZURE|DROPBOX|GOOGLE|GPG|AGE|EXEC|NOTIFICATION|EMAIL|LOCK|GZIP|DOCKER)_/;

function chosen({ services }: ComposeFile, name: string | undefined): ComposeService[] {
  const found = services.filter((service) =>
    name === undefined ? /(^|\/)docker-volume-backup([:@]|$)/.test(service.image) : service.name === name,
  );
  if (found.length > 0) return found;
  if (name !== undefined) throw new Error(`it has no service ${name}`);
  throw new Error(
    "no service runs an image named docker-volume-backup; name the service if its image has another name",
  );
}

/** One for each file of conf.d, else one for the service. */
function schedulesOf(service: ComposeService, { path, readFile, listFiles }: MigrateRequest): Schedule[] {
  const mount = service.mounts.find(({ target }) => target === CONFIGS_AT);
  const directory = mount === undefined ? undefined : join(path, "..", mount.source);
  const files = directory === undefined ? [] : listFiles(directory).toSorted();
  if (directory === undefined || files.length === 0) {
    return [{ service, name: service.name, environment: new OffenEnvironment(service.environment) }];
  }
  return files.map((file) => {
    const own = readEnvironmentFile(readFile(join(directory, file)) ?? "");
    const values = new Map<string, Given>(service.environment);
    for (const [key, value] of own) values.set(key, { value, from: `${file}: ${key}` });
    return { service, name: file.replace(/\.[^.]*$/, ""), environment: new OffenEnvironment(values) };
  });
}

/** What holds for the whole stack; of several schedules the first that says it. */
function setOfStack(draft: Draft, { environment }: Schedule): void {
  const zone = environment.take("TZ");
  draft.set(["timezone"], zone?.value, zone?.from ?? "");
  const host = environment.take("DOCKER_HOST");
  if (host !== undefined)
    draft.note(`DOCKER_HOST (${host.from}) stays a variable: Holdfast reads it, too (docs/compose.md).`);
  const gpg = ["encryption", "gpg"];
  const age = ["encryption", "age"];
  const file = (key: string, path: readonly string[], at: string) => {
    const secret = environment.secret(key);
    if (secret === undefined) return;
    draft.set(path, secret.suffix === "File" ? secret.value : at, secret.from.replace(/, which.*/, ""));
    if (secret.suffix === "")
      draft.note(
        `${key}: put its value into the secret file ${at}; Holdfast takes it from no variable (docs/encryption.md).`,
      );
  };
  file("GPG_PASSPHRASE", [...gpg, "passphraseFile"], "/run/secrets/gpg_passphrase");
  file("GPG_PUBLIC_KEY_RING", [...gpg, "publicKeyFile"], "/run/secrets/gpg_public_key");
  file("AGE_PASSPHRASE", [...age, "passphraseFile"], "/run/secrets/age_passphrase");
  const keys = environment.take("AGE_PUBLIC_KEYS");
  const recipients = keys?.value.split(",").map((key) => key.trim()) ?? [];
  const usable = recipients.filter((key) => key.startsWith("age1"));
  if (usable.length > 0) draft.set([...age, "recipients"], usable, keys?.from ?? "");
  if (usable.length < recipients.length)
    draft.note(
      "AGE_PUBLIC_KEYS has SSH keys, which Holdfast does not encrypt to: make a key with `holdfast key new`.",
    );
}

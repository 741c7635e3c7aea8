import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { offenRecipes } from "../../../test/fakes/offen-recipes.ts";
import { temporaryDirectory } from "../../../test/fakes/temporary-directory.ts";
import { loadConfig } from "../load.ts";
import { migrateOffen } from "./migrate-offen.ts";
import { printDraft } from "./print-draft.ts";

function migrate(text: string, files: Record<string, string> = {}, service?: string) {
  const migration = migrateOffen({
    ...{ text, service, path: "/srv/shop/compose.yml" },
    readFile: (path) => files[path],
    listFiles: (directory) =>
      Object.keys(files).flatMap((path) =>
        path.startsWith(`${directory}/`) ? [path.slice(directory.length + 1)] : [],
      ),
  });
  return {
    ...migration,
    notes: migration.draft.notes.join("\n"),
    yaml: printDraft(migration.draft, "A title."),
  };
}

/** What `config check` does. */
async function load(yaml: string) {
  const config = join(temporaryDirectory(), "holdfast.yml");
  writeFileSync(config, yaml);
  const named = ["SLACK_WEBHOOK_URL", "DISCORD_WEBHOOK_URL"].map((name) => [name, "https://hooks.example/1"]);
  const secrets = ["AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "EMAIL_SMTP_PASSWORD"].map((name) => [
    name,
    "x",
  ]);
  return loadConfig({
    configPath: config,
    env: Object.fromEntries([...named, ...secrets]) as Record<string, string>,
  });
}

const ofService = (environment: Record<string, string>, more: object = {}, others: object = {}) =>
  JSON.stringify({
    name: "shop",
    services: {
      ...others,
      backup: {
        image: "offen/docker-volume-backup:v2",
        environment,
        volumes: ["data:/backup/data:ro", "./archive:/archive"],
        ...more,
      },
    },
  });

describe("a recipe of docker-volume-backup's documentation", () => {
  it.each([...offenRecipes])(
    "%s: gives a config that is accepted, without a secret in it",
    async (_name, { text, jobs: wanted }) => {
      const { yaml, jobs } = migrate(text);
      expect(yaml).not.toMatch(/secret-of|AKIAEXAMPLE|BEGIN PGP/);
      expect(jobs).toBe(Object.keys(wanted).length);
      const secrets = temporaryDirectory();
      for (const name of ["minio_id", "minio_key"]) writeFileSync(join(secrets, name), "x");
      const config = await load(yaml.replaceAll("/run/secrets/minio", `${secrets}/minio`));
      const made = config.jobs.map(({ job, source }) => [job.name, "path" in source ? source.path : ""]);
      expect(Object.fromEntries(made)).toEqual(wanted);
      expect(config.stores.length).toBeGreaterThan(0);
    },
  );
});

describe("what a line of the config comes from", () => {
  it("stands behind it", () => {
    const { yaml } = migrate(
      ofService({ BACKUP_CRON_EXPRESSION: "0 0 4 * * ?", BACKUP_RETENTION_PERIOD: "168h" }),
    );
    expect(yaml).toContain("path: /backup/data # backup: data is mounted there");
    expect(yaml).toContain("schedule: 0 4 * * * # backup: BACKUP_CRON_EXPRESSION");
    expect(yaml).toContain("within: 1w # backup: BACKUP_RETENTION_PERIOD, counted from the newest point");
  });

  it("is told for what has no equivalent, with the reason", () => {
    const { notes } = migrate(
      ofService({ BACKUP_COMPRESSION: "gz", BACKUP_SOMETHING_NEW: "1", PATH: "/bin" }),
    );
    expect(notes).toContain(
      "BACKUP_COMPRESSION (backup: BACKUP_COMPRESSION) has no equivalent: points are compressed",
    );
    expect(notes).toContain("BACKUP_SOMETHING_NEW (backup: BACKUP_SOMETHING_NEW) is not known");
    expect(notes).not.toContain("PATH");
  });

  it("is a file of the environment, too, and the service's own comes before it", () => {
    const text = ofService({ BACKUP_RETENTION_DAYS: "3" }, { env_file: "./backup.env" });
    const { yaml } = migrate(text, {
      "/srv/shop/backup.env": '# a comment\nBACKUP_RETENTION_DAYS=9\nTZ="Europe/Prague"\n',
    });
    expect(yaml).toContain("timezone: Europe/Prague # ./backup.env: TZ");
    expect(yaml).toContain("within: 3d");
  });
});

describe("several schedules", () => {
  const volumes = [
    "a:/backup/a:ro",
    "b:/backup/b:ro",
    "./conf:/etc/dockervolumebackup/conf.d",
    "./archive:/archive",
  ];

  it("of files in conf.d are jobs of their own, each with what the service says beside it", async () => {
    const { yaml } = migrate(ofService({ BACKUP_RETENTION_DAYS: "7" }, { volumes }), {
      "/srv/shop/conf/hourly.env":
        'BACKUP_SOURCES=/backup/a\nBACKUP_CRON_EXPRESSION="0 * * * *"\nBACKUP_RETENTION_DAYS=1\n',
      "/srv/shop/conf/nightly.env": "BACKUP_SOURCES=/backup/b\n",
    });
    const { jobs } = await load(yaml);
    expect(jobs.map(({ job }) => [job.name, job.schedule?.expression, job.retention.within?.days])).toEqual([
      ["hourly-a", "0 * * * *", 1],
      ["nightly-b", "@daily", 7],
    ]);
  });

  it("of several services keep their own stores where they differ", async () => {
    const bucket = (name: string) => ({
      AWS_S3_BUCKET_NAME: name,
      AWS_ACCESS_KEY_ID: "x",
      AWS_SECRET_ACCESS_KEY: "y",
    });
    const image = "offen/docker-volume-backup:v2";
    const text = ofService(
      bucket("one"),
      {},
      { second: { image, environment: bucket("two"), volumes: ["c:/backup/c"] } },
    );
    const { jobs, stores } = await load(migrate(text).yaml);
    expect(stores.map(({ name }) => name).sort()).toEqual(["local", "s3", "s3-backup"]);
    expect(jobs.map(({ job }) => [job.name, job.stores])).toEqual([
      ["second-c", ["s3"]],
      ["backup-data", ["local", "s3-backup"]],
    ]);
  });
});

describe("what happens around a backup", () => {
  it("stops the services with the label that is asked for", async () => {
    const { jobs } = await load(migrate(offenRecipes.get("services that are stopped")?.text ?? "").yaml);
    expect(jobs[0]?.job.quiesce).toMatchObject({ mode: "stop", services: ["web"], scope: "whole" });
  });

  it("calls commands of labels, and says which kind of job dumps by itself", async () => {
    const { yaml, notes } = migrate(offenRecipes.get("a dump before it")?.text ?? "");
    const [first] = (await load(yaml)).jobs[0]?.job.quiesce?.before ?? [];
    expect(JSON.stringify(first)).toContain("mariadb-dump --all-databases > /tmp/dumps/dump.sql");
    expect(notes).toContain("a job of kind mysql dumps it");
  });

  it("stops for each of several services what it asks for", async () => {
    const { jobs } = await load(migrate(offenRecipes.get("several services")?.text ?? "").yaml);
    expect(jobs.map(({ job }) => [job.schedule?.expression, job.quiesce?.services])).toEqual([
      ["0 2 * * *", ["web"]],
      ["0 3 * * *", undefined],
    ]);
  });

  it("leaves variables in commands to the shell that they are for", async () => {
    const db = { image: "db", labels: { "docker-volume-backup.archive-pre": "dump $$USER $${DB}" } };
    const { jobs } = await load(migrate(ofService({}, {}, { db })).yaml);
    expect(JSON.stringify(jobs[0]?.job.quiesce?.before)).toContain("dump $USER ${DB}");
  });

  it("tells the same people", async () => {
    const urls = [
      "slack://hook:T-B-secret@webhook",
      "smtp://shop:mail-secret@mail.example:587/?fromAddress=a@example.com&toAddresses=b@example.com",
      "pushover://shoutrrr:secret@user",
    ].join(",");
    const { yaml, notes } = migrate(ofService({ NOTIFICATION_URLS: urls }));
    expect(yaml).not.toContain("secret");
    expect(notes).toContain("an address of pushover");
    const { alerts } = await load(yaml);
    expect(alerts.channels.map(({ name }) => name)).toEqual(["slack", "email"]);
  });
});

describe("what encrypts", () => {
  it.each(["GPG_PASSPHRASE", "AGE_PASSPHRASE"])("%s is never repeated, wherever it stands", async (name) => {
    const kind = name.slice(0, 3).toLowerCase();
    const given = migrate(ofService({ [name]: "a-secret-passphrase" }));
    const inFile = migrate(ofService({}, { env_file: "./backup.env" }), {
      "/srv/shop/backup.env": `${name}='a-secret-passphrase'\n`,
    });
    for (const { yaml, notes } of [given, inFile]) {
      expect(yaml).not.toContain("a-secret");
      expect(yaml).toContain(`passphraseFile: /run/secrets/${kind}_passphrase`);
      expect(notes).toContain(`${name}: put its value into the secret file /run/secrets/${kind}_passphrase`);
    }
    const { yaml } = migrate(ofService({ [`${name}_FILE`]: "/run/secrets/mine" }));
    expect(yaml).toContain("passphraseFile: /run/secrets/mine");
  });

  it("is told apart from what is secret in other places: addresses, labels of commands, names that nobody knows", () => {
    const { yaml } = migrate(
      ofService({
        AGE_PUBLIC_KEYS: "age1qqq",
        AWS_SECRET_ACCESS_KEY: "a-secret-1",
        WEBDAV_PASSWORD: "a-secret-2",
        SSH_PASSWORD: "a-secret-3",
        BACKUP_PASSWORD_OF_NOBODY: "a-secret-4",
        NOTIFICATION_URLS: "telegram://a-secret-5@telegram?chats=@x,generic://host/a-secret-6",
      }),
    );
    expect(yaml).not.toContain("a-secret");
  });
});

describe("what cannot be migrated", () => {
  it("is a file without such a service, unless it is named", () => {
    const text = JSON.stringify({
      services: { own: { build: ".", volumes: ["data:/backup/data", "x:/archive"] } },
    });
    expect(() => migrate(text)).toThrow("docker-volume-backup");
    expect(() => migrate(text, {}, "none")).toThrow("no service none");
    expect(migrate(text, {}, "own").jobs).toBe(1);
  });

  it("is left as it is, and told: schedules, regular expressions, lengths, storage that cannot be read at once", async () => {
    const { yaml, notes } = migrate(
      ofService({
        BACKUP_CRON_EXPRESSION: "@every 90m",
        BACKUP_EXCLUDE_REGEXP: "(a|b)+$",
        BACKUP_RETENTION_PERIOD: "90m",
        AWS_S3_BUCKET_NAME: "b-1",
        AWS_STORAGE_CLASS: "GLACIER",
      }),
    );
    for (const word of ["@every 90m", "BACKUP_EXCLUDE_REGEXP", "BACKUP_RETENTION_PERIOD", "GLACIER"])
      expect(notes).toContain(word);
    expect((await load(yaml)).jobs[0]?.job.schedule).toBeUndefined();
  });
});

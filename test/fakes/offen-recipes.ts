/** Compose files as the documentation of docker-volume-backup has them: its recipes, in our words, by what each shows. */

interface Recipe {
  /** What stands under `environment` of the service `backup`. */
  environment?: Record<string, string>;
  /** Beside the volume and the socket. */
  mounts?: string[];
  /** Other services. */
  services?: Record<string, object>;
  /** More keys of the service `backup`. */
  backup?: Record<string, unknown>;
}

const S3 = {
  AWS_S3_BUCKET_NAME: "shop-backups",
  AWS_ACCESS_KEY_ID: "AKIAEXAMPLEONLY",
  AWS_SECRET_ACCESS_KEY: "secret-of-the-bucket",
};

const RECIPES: Record<string, Recipe> = {
  "Amazon S3": { environment: S3 },
  "another server of S3": { environment: { ...S3, AWS_ENDPOINT: "s3.example.com" } },
  "MinIO with secrets in files": {
    environment: {
      AWS_ENDPOINT: "minio.example.com",
      AWS_S3_BUCKET_NAME: "shop-backups",
      AWS_ACCESS_KEY_ID_FILE: "/run/secrets/minio_id",
      AWS_SECRET_ACCESS_KEY_FILE: "/run/secrets/minio_key",
    },
    backup: { secrets: ["minio_id", "minio_key"] },
  },
  WebDAV: {
    environment: {
      WEBDAV_URL: "https://dav.example.com",
      WEBDAV_PATH: "/backups/shop/",
      WEBDAV_USERNAME: "shop",
      WEBDAV_PASSWORD: "secret-of-webdav",
    },
  },
  SSH: {
    environment: { SSH_HOST_NAME: "box.local", SSH_PORT: "2222", SSH_USER: "shop", SSH_REMOTE_PATH: "/data" },
    mounts: ["/home/shop/key:/root/.ssh/id_rsa"],
  },
  "Azure Blob Storage": {
    environment: {
      AZURE_STORAGE_CONTAINER_NAME: "backups",
      AZURE_STORAGE_ACCOUNT_NAME: "shop",
      AZURE_STORAGE_PRIMARY_ACCOUNT_KEY: "secret-of-azure",
    },
  },
  Dropbox: {
    environment: {
      DROPBOX_REFRESH_TOKEN: "secret-of-dropbox",
      DROPBOX_APP_KEY: "key",
      DROPBOX_APP_SECRET: "secret-of-the-app",
      DROPBOX_REMOTE_PATH: "/shop",
    },
  },
  "a directory": {
    environment: {
      BACKUP_FILENAME: "backup-%Y-%m-%dT%H-%M-%S.tar.gz",
      BACKUP_LATEST_SYMLINK: "backup-latest.tar.gz",
    },
    mounts: ["${HOME}/backups:/archive"],
  },
  "S3 as well as a directory": { environment: S3, mounts: ["${HOME}/backups:/archive"] },
  "every hour": { environment: { ...S3, BACKUP_CRON_EXPRESSION: "0 * * * *" } },
  "what is older than a week goes": {
    environment: { ...S3, BACKUP_PRUNING_PREFIX: "backup-", BACKUP_RETENTION_DAYS: "7" },
  },
  "gpg with a passphrase": { environment: { ...S3, GPG_PASSPHRASE: "secret-of-gpg" } },
  "gpg with a public key": {
    environment: { ...S3, GPG_PUBLIC_KEY_RING: "-----BEGIN PGP PUBLIC KEY BLOCK-----\n…" },
  },
  "a dump before it": {
    environment: { BACKUP_FILENAME: "db.tar.gz", BACKUP_CRON_EXPRESSION: "0 2 * * *" },
    mounts: ["./local:/archive"],
    services: {
      database: {
        image: "mariadb",
        labels: [
          "docker-volume-backup.archive-pre=/bin/sh -c 'mariadb-dump --all-databases > /tmp/dumps/dump.sql'",
        ],
      },
    },
  },
  "services that are stopped": {
    environment: { ...S3, BACKUP_STOP_DURING_BACKUP_LABEL: "shop" },
    services: {
      web: { image: "web", labels: { "docker-volume-backup.stop-during-backup": "shop" } },
      other: { image: "web", labels: { "docker-volume-backup.stop-during-backup": "blog" } },
    },
  },
  "what is left out": {
    environment: { ...S3, BACKUP_EXCLUDE_REGEXP: "\\.(log|tmp)$$" },
  },
  "a directory that is left out": {
    environment: { ...S3, BACKUP_EXCLUDE_REGEXP: "/cache/" },
  },
  "another user": { environment: S3, backup: { user: "1000:1000" } },
};

/** Several services that have most of it in common, by the means of YAML. */
const SEVERAL = `
services:
  web: { image: web, labels: ["docker-volume-backup.stop-during-backup=one"] }
  nightly: &backup
    image: offen/docker-volume-backup:v2
    environment: &settings
      BACKUP_CRON_EXPRESSION: "0 2 * * *"
      AWS_S3_BUCKET_NAME: shop-backups
      AWS_ACCESS_KEY_ID: AKIAEXAMPLEONLY
      AWS_SECRET_ACCESS_KEY: secret-of-the-bucket
      BACKUP_STOP_DURING_BACKUP_LABEL: one
    volumes:
      - one:/backup/one:ro
      - /var/run/docker.sock:/var/run/docker.sock:ro
  later:
    <<: *backup
    environment:
      <<: *settings
      BACKUP_CRON_EXPRESSION: "0 3 * * *"
      BACKUP_STOP_DURING_BACKUP_LABEL: two
    volumes:
      - two:/backup/two:ro
      - /var/run/docker.sock:/var/run/docker.sock:ro
`;

export interface OffenRecipe {
  text: string;
  /** Names of the jobs that it becomes, by the paths that they back up. */
  jobs: Readonly<Record<string, string>>;
  /** What it leaves out, as docker-volume-backup understands it. */
  leavesOut?: RegExp;
}

/** By what they show. JSON is YAML. */
export const offenRecipes: ReadonlyMap<string, OffenRecipe> = new Map([
  ...Object.entries(RECIPES).map(([name, recipe]): [string, OffenRecipe] => {
    const { environment = {}, mounts = [], services = {}, backup = {} } = recipe;
    const volumes = ["data:/backup/my-app:ro", "/var/run/docker.sock:/var/run/docker.sock:ro", ...mounts];
    const service = { image: "offen/docker-volume-backup:v2", environment, volumes, ...backup };
    const text = JSON.stringify({ services: { ...services, backup: service }, volumes: { data: {} } });
    const { BACKUP_EXCLUDE_REGEXP: left } = environment;
    const leavesOut = left === undefined ? {} : { leavesOut: new RegExp(left.replaceAll("$$", () => "$")) };
    return [name, { text, jobs: { "my-app": "/backup/my-app" }, ...leavesOut }];
  }),
  ["several services", { text: SEVERAL, jobs: { "nightly-one": "/backup/one", "later-two": "/backup/two" } }],
]);

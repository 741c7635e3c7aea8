/** The storages of docker-volume-backup as stores: those that Holdfast has no kind for are remotes of rclone's. */
import type { Given } from "./compose-services.ts";
import type { Value } from "./draft.ts";
import type { OffenEnvironment, SecretPlace } from "./offen-environment.ts";

export interface StoreDraft {
  name: string;
  /** As docker-volume-backup calls it, in lower case. */
  backend: string;
  values: [key: string, value: Value, from: string][];
  notes: string[];
}

const MOUNTED_BY_DEFAULT = "/archive";

/** `isMounted`: whether something is mounted there; where nothing is, docker-volume-backup keeps nothing. */
export function storesOf(environment: OffenEnvironment, isMounted: (path: string) => boolean): StoreDraft[] {
  const archive = environment.take("BACKUP_ARCHIVE");
  const path = archive?.value ?? MOUNTED_BY_DEFAULT;
  const local: StoreDraft[] = isMounted(path)
    ? [
        {
          name: "local",
          backend: "local",
          values: [
            ["kind", "local", "its mount"],
            ["path", path, archive?.from ?? "its default"],
          ],
          notes: [],
        },
      ]
    : [];
  const others = [
    s3(environment),
    webdav(environment),
    ssh(environment),
    azure(environment),
    dropbox(environment),
    drive(environment),
  ];
  return [...local, ...others.flatMap((store) => store ?? [])];
}

function s3(environment: OffenEnvironment): StoreDraft | undefined {
  const bucket = environment.take("AWS_S3_BUCKET_NAME");
  const path = environment.take("AWS_S3_PATH");
  const endpoint = environment.take("AWS_ENDPOINT");
  const protocol = environment.take("AWS_ENDPOINT_PROTO")?.value ?? "https";
  const certificate = environment.take("AWS_ENDPOINT_CA_CERT");
  const storageClass = environment.take("AWS_STORAGE_CLASS");
  const partSize = environment.take("AWS_PART_SIZE");
  const id = environment.secret("AWS_ACCESS_KEY_ID");
  const key = environment.secret("AWS_SECRET_ACCESS_KEY");
  if (bucket === undefined) return undefined;
  const notes: string[] = [];
  const frozen = storageClass !== undefined && ["GLACIER", "DEEP_ARCHIVE"].includes(storageClass.value);
  if (frozen) {
    notes.push(
      `AWS_STORAGE_CLASS ${storageClass.value} cannot be read at once: points would be neither proven nor restored. Left out.`,
    );
  }
  const file = certificate?.value.startsWith("/") === true ? certificate : undefined;
  if (certificate !== undefined && file === undefined) {
    notes.push(
      "AWS_ENDPOINT_CA_CERT is the certificate itself: put it into a file and name that with `caFile`.",
    );
  }
  return {
    name: "s3",
    backend: "s3",
    notes,
    values: present([
      ["kind", "s3", bucket.from],
      ["bucket", bucket.value, bucket.from],
      ["prefix", path?.value.replace(/^\/+|\/+$/g, ""), path?.from],
      ["endpoint", endpoint && addressOf(endpoint, protocol), endpoint?.from],
      ["caFile", file?.value, file?.from],
      ["storageClass", frozen ? undefined : storageClass?.value, storageClass?.from],
      ["partSize", partSize && `${partSize.value}MiB`, partSize?.from],
      ...secretLines("accessKeyId", id),
      ...secretLines("secretAccessKey", key),
    ]),
  };
}

/** Amazon's own needs none. */
function addressOf({ value }: Given, protocol: string): string | undefined {
  if (/(^|\.)amazonaws\.com$/.test(value)) return undefined;
  return /^https?:/.test(value) ? value : `${protocol}://${value}`;
}

function webdav(environment: OffenEnvironment): StoreDraft | undefined {
  const url = environment.take("WEBDAV_URL");
  const path = environment.take("WEBDAV_PATH");
  for (const key of ["WEBDAV_USERNAME", "WEBDAV_PASSWORD"]) environment.secret(key);
  return (
    url &&
    remote("webdav", "webdav", {
      at: path,
      of: url,
      says: "type webdav, url, user and pass as in WEBDAV_URL, WEBDAV_USERNAME and WEBDAV_PASSWORD",
    })
  );
}

function ssh(environment: OffenEnvironment): StoreDraft | undefined {
  const host = environment.take("SSH_HOST_NAME");
  const path = environment.take("SSH_REMOTE_PATH");
  for (const key of ["SSH_PORT", "SSH_USER", "SSH_IDENTITY_FILE"]) environment.take(key);
  for (const key of ["SSH_PASSWORD", "SSH_IDENTITY_PASSPHRASE"]) environment.secret(key);
  return (
    host &&
    remote("ssh", "sftp", {
      at: path,
      of: host,
      says: "type sftp, host, port, user and key_file as in SSH_HOST_NAME, SSH_PORT, SSH_USER and SSH_IDENTITY_FILE",
    })
  );
}

function azure(environment: OffenEnvironment): StoreDraft | undefined {
  const container = environment.take("AZURE_STORAGE_CONTAINER_NAME");
  const account = environment.take("AZURE_STORAGE_ACCOUNT_NAME");
  environment.take("AZURE_STORAGE_ENDPOINT");
  for (const key of ["AZURE_STORAGE_PRIMARY_ACCOUNT_KEY", "AZURE_STORAGE_CONNECTION_STRING"])
    environment.secret(key);
  return (
    (container ?? account) &&
    remote("azure", "azure", {
      at: container,
      of: container ?? account,
      says: "type azureblob, account and key as in AZURE_STORAGE_ACCOUNT_NAME and AZURE_STORAGE_PRIMARY_ACCOUNT_KEY",
    })
  );
}

function dropbox(environment: OffenEnvironment): StoreDraft | undefined {
  const token = environment.secret("DROPBOX_REFRESH_TOKEN");
  const path = environment.take("DROPBOX_REMOTE_PATH");
  for (const key of ["DROPBOX_APP_KEY", "DROPBOX_APP_SECRET"]) environment.secret(key);
  return (
    token &&
    remote("dropbox", "dropbox", {
      at: path,
      of: path ?? token,
      says: "type dropbox, with a token of `rclone authorize dropbox`",
    })
  );
}

function drive(environment: OffenEnvironment): StoreDraft | undefined {
  const credentials = environment.secret("GOOGLE_DRIVE_CREDENTIALS_JSON");
  const folder = environment.take("GOOGLE_DRIVE_FOLDER_ID");
  for (const key of ["GOOGLE_DRIVE_IMPERSONATE_SUBJECT", "GOOGLE_DRIVE_ENDPOINT", "GOOGLE_DRIVE_TOKEN_URL"])
    environment.take(key);
  return (
    credentials &&
    remote("drive", "drive", {
      at: undefined,
      of: folder ?? credentials,
      says: "type drive, service_account_file and root_folder_id as in GOOGLE_DRIVE_CREDENTIALS_JSON and GOOGLE_DRIVE_FOLDER_ID",
    })
  );
}

interface Remote {
  at: Given | undefined;
  of: { from: string } | undefined;
  says: string;
}

function remote(backend: string, name: string, { at, of, says }: Remote): StoreDraft {
  const from = of?.from ?? backend;
  const path = at?.value.replace(/(.)\/+$/, "$1") ?? "";
  return {
    name: backend,
    backend,
    notes: [
      `Store ${backend} is a remote of rclone's: mount a file at /etc/holdfast/rclone.conf with a section [${name}] of ${says} (docs/rclone-store.md).`,
    ],
    values: [
      ["kind", "rclone", from],
      ["remote", `${name}:${path}`, at?.from ?? from],
    ],
  };
}

function secretLines(
  key: string,
  secret: SecretPlace | undefined,
): [string, Value | undefined, string | undefined][] {
  return secret === undefined ? [] : [[key + secret.suffix, secret.value, secret.from]];
}

function present(lines: readonly [string, Value | undefined, string | undefined][]): StoreDraft["values"] {
  return lines.flatMap(([key, value, from = ""]) => (value === undefined ? [] : [[key, value, from]]));
}

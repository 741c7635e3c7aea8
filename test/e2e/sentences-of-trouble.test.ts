/** What somebody is told at three in the morning: one sentence for each trouble with a store, with what to change. */
import { execFileSync } from "node:child_process";
import { once } from "node:events";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { mkdirSync, writeFileSync } from "node:fs";

import { describe, expect, it, onTestFinished } from "vitest";

import { FakeGcs } from "../fakes/gcs/fake-gcs.ts";
import { hasRclone } from "../fakes/rclone-store.ts";
import { FAKE_KEYS, FAKE_REGION, FakeS3 } from "../fakes/s3/fake-s3.ts";
import { S3Failure } from "../fakes/s3/failure.ts";
import { hasSshServer, SshServer } from "../fakes/ssh-server.ts";
import { temporaryDirectory } from "../fakes/temporary-directory.ts";
import { testStack } from "./test-stack.ts";

type Verb = "list" | "backup";

/** Its one line, without what differs from run to run. */
async function toldBy(verb: Verb, offsite: object): Promise<string> {
  const stack = testStack({
    stores: [],
    otherStores: { offsite },
    jobs: { data: { retry: { attempts: 1 } } },
  });
  stack.write({ file: "content" });
  const { exitCode, stderr, stdout } = await stack.run(verb);
  expect(exitCode).toBe(1);
  const [line = "", ...more] = `${stderr}${stdout}`.trim().split("\n");
  expect(more).toEqual([]);
  return line
    .replace(/[0-9a-f]{16}\.json/, "LOCK")
    .replaceAll(/127\.0\.0\.1:\d+/g, "HOST")
    .replace(/^(holdfast|data): /, "");
}

async function inGcs(trouble: (gcs: FakeGcs) => object | undefined): Promise<object> {
  const gcs = await FakeGcs.start();
  onTestFinished(() => gcs.close());
  return { kind: "gcs", bucket: gcs.bucket.name, endpoint: gcs.url, ...trouble(gcs) };
}

async function inS3(trouble: (s3: FakeS3) => object | undefined): Promise<object> {
  const s3 = await FakeS3.start();
  onTestFinished(() => s3.stop());
  const place = { kind: "s3", bucket: s3.bucketName, endpoint: s3.endpoint, region: FAKE_REGION };
  return { ...place, ...FAKE_KEYS, ...trouble(s3) };
}

const ALWAYS = { times: 1000 };

describe("Cloud Storage", () => {
  it.each<[string, Verb, (gcs: FakeGcs) => object | undefined]>([
    ["a wrong bucket", "list", () => ({ bucket: "no-such-bucket" })],
    ["no right to list", "list", ({ api }) => void api.rights.delete("storage.objects.list")],
    ["no right to write", "backup", ({ api }) => void api.rights.delete("storage.objects.create")],
    [
      "another refusal",
      "list",
      (gcs) =>
        gcs.inject(
          "list",
          { kind: "refuse", status: 403, message: "Denied by policy." },
          ALWAYS,
        ) as undefined,
    ],
    [
      "an expired credential",
      "list",
      (gcs) =>
        gcs.inject(
          "list",
          { kind: "refuse", status: 401, message: "Invalid Credentials" },
          ALWAYS,
        ) as undefined,
    ],
  ])("%s", async (name, verb, trouble) => {
    expect(await toldBy(verb, await inGcs(trouble))).toBe(SAID["Cloud Storage"]?.[name]);
  });
});

describe("S3", () => {
  it.each<[string, Verb, (s3: FakeS3) => object | undefined]>([
    ["a wrong access key", "list", () => ({ accessKeyId: "AKIDWRONG" })],
    ["a wrong secret key", "list", () => ({ secretAccessKey: "wrong" })],
    ["a wrong bucket", "list", () => ({ bucket: "no-such-bucket" })],
    ["a wrong region", "list", () => ({ region: "us-west-9" })],
    ["no right to list", "list", ({ settings }) => void settings.denied.push("s3:ListBucket")],
    ["no right to write", "backup", ({ settings }) => void settings.denied.push("s3:PutObject")],
    [
      "expired credentials",
      "list",
      (s3) => s3.inject("ListObjectsV2", failing(400, "ExpiredToken"), 1000) as undefined,
    ],
    [
      "a clock that is wrong",
      "list",
      (s3) => s3.inject("ListObjectsV2", failing(403, "RequestTimeTooSkewed"), 1000) as undefined,
    ],
  ])("%s", async (name, verb, trouble) => {
    expect(await toldBy(verb, await inS3(trouble))).toBe(SAID["S3"]?.[name]);
  });
});

function failing(status: number, code: string) {
  return { kind: "answer" as const, failure: new S3Failure(status, code, "no") };
}

describe.skipIf(!hasRclone || !hasSshServer)("SFTP (needs rclone and OpenSSH's server)", () => {
  it.each<[string, (ssh: SshServer) => Record<string, string>]>([
    ["a wrong password", () => ({ key_file: "", pass: obscured() })],
    ["a wrong key", (ssh) => ({ key_file: ssh.strangersKey })],
    ["a key that is not there", () => ({ key_file: "/nowhere/key" })],
    ["an unknown host key", (ssh) => ({ known_hosts_file: ssh.knownHosts("none") })],
    ["another host key", (ssh) => ({ known_hosts_file: ssh.knownHosts("other") })],
    ["a known_hosts_file that is not there", () => ({ known_hosts_file: "/nowhere/known" })],
  ])("%s", async (name, trouble) => {
    const ssh = await SshServer.start();
    onTestFinished(() => ssh.stop());
    const configFile = ssh.rcloneConfig(trouble(ssh));
    const store = { kind: "rclone", remote: `box:${temporaryDirectory()}`, configFile };
    expect(await toldBy("list", store)).toBe(SAID["SFTP"]?.[name]);
  });

  it("an unknown remote, and a missing folder", async () => {
    const ssh = await SshServer.start();
    onTestFinished(() => ssh.stop());
    const store = { kind: "rclone", remote: "box:/nowhere", configFile: ssh.rcloneConfig() };
    expect(await toldBy("list", { ...store, remote: "bax:" })).toBe(SAID["SFTP"]?.["an unknown remote"]);
    expect((await toldBy("list", store)).replace(/\w+@HOST/, "USER@HOST")).toBe(
      SAID["SFTP"]?.["a missing folder"],
    );
  });
});

function obscured(): string {
  return execFileSync("rclone", ["obscure", "not the password"], { encoding: "utf8" }).trim();
}

describe.skipIf(!hasRclone)("WebDAV (needs rclone)", () => {
  it.each([401, 403, 404, 405, 507])("%i", async (status) => {
    const server = createServer((_request, response) => void response.writeHead(status).end());
    server.listen(0, "127.0.0.1");
    await once(server, "listening");
    onTestFinished(() => void server.close());
    expect(await toldBy("list", webdavAt((server.address() as AddressInfo).port))).toBe(
      SAID["WebDAV"]?.[status],
    );
  });

  it("a server that is down", async () => {
    expect(await toldBy("list", webdavAt(1))).toBe(SAID["WebDAV"]?.["a server that is down"]);
  });
});

function webdavAt(port: number): object {
  const directory = temporaryDirectory();
  mkdirSync(directory, { recursive: true });
  const configFile = `${directory}/rclone.conf`;
  writeFileSync(configFile, `[box]\ntype = webdav\nurl = http://127.0.0.1:${port}/\nvendor = owncloud\n`);
  return { kind: "rclone", remote: "box:", configFile, options: { "low-level-retries": 1 } };
}

/** By kind of store and trouble. */
const SAID: Readonly<Record<string, Readonly<Record<string, string>>>> = {
  "Cloud Storage": {
    "a wrong bucket":
      "Listing offsite:test/ failed: there is no bucket no-such-bucket; check `bucket`, or create it.",
    "an expired credential":
      "Listing offsite:test/ failed: the credential is not accepted (Invalid Credentials); check that the key is neither revoked nor expired, and the clock of this machine.",
    "another refusal":
      "Listing offsite:test/ failed: the store forbids it (Denied by policy.); see what the bucket's IAM conditions, the organization's policies and VPC Service Controls allow the credential.",
    "no right to list":
      "Listing offsite:test/ failed: backup@acme.iam.gserviceaccount.com lacks the right storage.objects.list on the bucket backups; grant it, for example by the role roles/storage.objectViewer.",
    "no right to write":
      "failed. Writing offsite:test/.locks/LOCK failed: backup@acme.iam.gserviceaccount.com lacks the right storage.objects.create on the bucket backups; grant it, for example by the role roles/storage.objectCreator.",
  },
  S3: {
    "a clock that is wrong":
      "Listing offsite:test/ failed: the clock of this machine is too far from the store's; set the clock by NTP.",
    "a wrong access key":
      "Listing offsite:test/ failed: the store does not know the access key; check `accessKeyId`.",
    "a wrong bucket":
      "Listing offsite:test/ failed: there is no bucket no-such-bucket; create it, or check `bucket`, `region` and `endpoint`.",
    "a wrong region":
      "Listing offsite:test/ failed: the bucket backups is in region eu-test-1; set `region: eu-test-1`.",
    "a wrong secret key":
      "Listing offsite:test/ failed: the secret key is not that of the access key; check `accessKeyId` and `secretAccessKey`.",
    "expired credentials":
      "Listing offsite:test/ failed: the credentials have expired; renew them, or use keys or a role that do not expire.",
    "no right to list":
      "Listing offsite:test/ failed: the right s3:ListBucket on the bucket backups is missing; allow s3:ListBucket in the policy of the identity, and see that the bucket's policy does not deny it.",
    "no right to write":
      "failed. Writing offsite:test/.locks/LOCK failed: the right s3:PutObject on the bucket backups is missing; allow s3:PutObject in the policy of the identity, and see that the bucket's policy does not deny it.",
  },
  SFTP: {
    "a key that is not there":
      "Listing offsite:test/ failed: failed to read private key file: open /nowhere/key: no such file or directory; check rclone's config and the key files that it names.",
    "a known_hosts_file that is not there":
      "Listing offsite:test/ failed: couldn't parse known_hosts_file: open /nowhere/known: no such file or directory; check rclone's config and the key files that it names.",
    "a wrong key":
      "Listing offsite:test/ failed: NewFs: couldn't connect SSH: ssh: handshake failed: ssh: unable to authenticate, attempted methods [none publickey], no supported methods remain; check the user, the password or key, and the token in rclone's config.",
    "a wrong password":
      "Listing offsite:test/ failed: NewFs: couldn't connect SSH: ssh: handshake failed: ssh: unable to authenticate, attempted methods [none password keyboard-interactive], no supported methods remain; check the user, the password or key, and the token in rclone's config.",
    "an unknown host key":
      "Listing offsite:test/ failed: NewFs: couldn't connect SSH: ssh: handshake failed: knownhosts: key is unknown; add the server's host key to known_hosts_file.",
    "an unknown remote":
      "Listing offsite:test/ failed: didn't find section in config file; check the name of the remote, and that configFile or RCLONE_CONFIG_… variables define it.",
    "a missing folder":
      "Connecting store offsite failed: the folder of sftp://USER@HOST//nowhere does not exist; make it, e.g. by `rclone mkdir box:/nowhere`, or check the address in rclone's config, and that its disk is mounted there.",
    "another host key":
      "Listing offsite:test/ failed: NewFs: couldn't connect SSH: ssh: handshake failed: knownhosts: key mismatch; the server shows another host key than known_hosts_file: find out why before you change it.",
  },
  WebDAV: {
    "401":
      "Listing offsite:test/ failed: error in ListJSON: couldn't list files: 401 Unauthorized; check the user, the password or key, and the token in rclone's config.",
    "403":
      "Listing offsite:test/ failed: error in ListJSON: couldn't list files: 403 Forbidden; give the account the right to read, write, rename and delete there.",
    "404":
      "Connecting store offsite failed: the folder of webdav root '' does not exist; make it, e.g. by `rclone mkdir box:`, or check the address in rclone's config, and that its disk is mounted there.",
    "405":
      "Listing offsite:test/ failed: error in ListJSON: couldn't list files: 405 Method Not Allowed; check the address (WebDAV: url and vendor) of the remote in rclone's config.",
    "507":
      "Listing offsite:test/ failed: error in ListJSON: couldn't list files: 507 Insufficient Storage; free space, enlarge the storage or keep fewer points.",
    "a server that is down":
      'Listing offsite:test/ failed: error in ListJSON: couldn\'t list files: Propfind "http://HOST/": dial tcp HOST: connect: connection refused; check that the server runs and can be reached.',
  },
};

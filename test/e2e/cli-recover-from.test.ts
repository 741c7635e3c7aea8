/** `holdfast recover --from`: a machine that has only the identity, and the address of an encrypted store of each kind. */
import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { beforeAll, describe, expect, it, afterAll } from "vitest";
import { FakeGcs } from "../fakes/gcs/fake-gcs.ts";
import { hasRclone } from "../fakes/rclone-store.ts";
import { FAKE_KEYS, FAKE_REGION, FakeS3 } from "../fakes/s3/fake-s3.ts";
import { holdfast } from "./holdfast-process.ts";
import { TestStack } from "./test-stack.ts";

const stack = new TestStack();
let addresses: Record<string, string>;
let close: () => Promise<void>;

beforeAll(async () => {
  const [gcs, s3] = [await FakeGcs.start(), await FakeS3.start()];
  close = async () => void (await Promise.all([gcs.close(), s3.stop()]));
  const key = await holdfast(["key", "new", "--out", stack.path("identity")]);
  const { endpoint } = s3;
  mkdirSync(stack.path("remote"));
  const remote = `:local:${stack.path("remote")}`;
  stack.configure({
    keepConfig: true,
    otherStores: {
      gcs: { kind: "gcs", bucket: gcs.bucket.name, prefix: "acme", endpoint: gcs.url },
      s3: { kind: "s3", bucket: s3.bucketName, prefix: "acme", endpoint, region: FAKE_REGION, ...FAKE_KEYS },
      ...(hasRclone ? { rclone: { kind: "rclone", remote } } : {}),
    },
    encryption: { age: { recipients: [/age1\w+/.exec(key.stdout)?.[0]] } },
  });
  addresses = {
    local: `file://${stack.store()}/test`,
    gcs: `gs://${gcs.bucket.name}/acme/test?endpoint=${gcs.url}`,
    s3: `s3://${s3.bucketName}/acme/test/?endpoint=${endpoint}&region=${FAKE_REGION}`,
    rclone: `rclone:${remote}/test/`,
  };
  await stack.done("backup", "_config");
});

afterAll(async () => {
  await close();
  stack.remove();
});

function recoverFrom(kind: string, to: string, ...args: string[]) {
  const { accessKeyId, secretAccessKey } = FAKE_KEYS;
  const env = { AWS_ACCESS_KEY_ID: accessKeyId, AWS_SECRET_ACCESS_KEY: secretAccessKey };
  return holdfast(
    ["--state", stack.path("bare"), "recover", "--from", addresses[kind] ?? "", "--to", to, ...args],
    {
      env,
    },
  );
}

describe("what a stack is made of, on a bare machine", () => {
  it.each(["local", "gcs", "s3", ...(hasRclone ? ["rclone"] : [])])(
    "comes from %s, without its secrets, with what to do next",
    async (kind) => {
      const to = stack.path("bare", kind);
      const { exitCode, stdout, stderr } = await recoverFrom(kind, to, "--identity", stack.path("identity"));
      expect(exitCode, stderr).toBe(0);
      expect(stdout).toContain("HOLDFAST_STORES_S3_SECRET_ACCESS_KEY");
      expect(stdout).toContain(
        "run --rm --volume IDENTITY:/identity:ro SERVICE recover --identity /identity",
      );
      const text = readFileSync(`${to}/holdfast.yml`, "utf8");
      expect(text).toContain("bucket: backups");
      expect(text + stdout + stderr).not.toContain(FAKE_KEYS.secretAccessKey);
    },
  );

  it("overwrites nothing, and is refused in a sentence without an identity, a directory or a point", async () => {
    const to = stack.path("there");
    mkdirSync(to);
    writeFileSync(`${to}/holdfast.yml`, "mine");
    const identity = ["--identity", stack.path("identity")];
    const said = async (...args: Parameters<typeof recoverFrom>) => {
      const { exitCode, stdout, stderr } = await recoverFrom(...args);
      return `${exitCode} ${stdout}${stderr}`;
    };
    const [closed, nowhere, early] = await Promise.all([
      said("local", to),
      said("local", "", ...identity),
      said("local", to, ...identity, "--at", "2001-01-01T00:00"),
    ]);
    expect(closed).toMatch(/^5 .*--identity/s);
    expect(nowhere).toMatch(/^2 .*name a directory with --to/s);
    expect(early).toMatch(/^1 .*there is no point of job _config so old at that address/s);
    expect(await said("local", to, ...identity)).toMatch(/^0 .*another file was there: compare it with/s);
    expect(readFileSync(`${to}/holdfast.yml`, "utf8")).toBe("mine");
    expect(readFileSync(`${to}/holdfast.yml.from-backup`, "utf8")).toContain("stack: test");
  });
});

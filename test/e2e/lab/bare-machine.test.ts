/** The machine is lost, with config, state and engine: a new one has the image, the identity, and the address of the points. */
import { mkdirSync } from "node:fs";
import { S3 } from "@aws-sdk/client-s3";
import { expect, it, onTestFinished } from "vitest";
import { describeTree } from "../../fakes/captured-volume.ts";
import { FakeGcs } from "../../fakes/gcs/fake-gcs.ts";
import { startSwift, SWIFT_KEYS, swiftIsMissing } from "../../servers/swift.ts";
import { testStack, type TestStack } from "../test-stack.ts";
import { bridgeOf } from "./bridge.ts";
import { run } from "./command.ts";
import { describeInLab } from "./in-lab.ts";
import type { Lab } from "./lab.ts";

const BUCKET = "backups";
const SECRETS = ["AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"];

interface Place {
  /** For the config of the machine that is lost. */
  store: object;
  /** Of the job's points. */
  address: string;
  /** What a container needs to come there. */
  mounts?: readonly string[];
}

type Start = (stack: TestStack, host: string) => Promise<Place>;

const PLACES: Readonly<Record<string, Start>> = {
  "file:": async (stack) => {
    const path = stack.store("offsite");
    mkdirSync(path, { recursive: true });
    return {
      store: { kind: "local", path },
      address: "file:///archive/test/data",
      mounts: [`${path}:/archive:ro`],
    };
  },
  "gs:": async (_stack, host) => {
    const gcs = await FakeGcs.start(host);
    onTestFinished(() => gcs.close());
    return {
      store: { kind: "gcs", bucket: gcs.bucket.name, prefix: "acme", endpoint: gcs.url },
      address: `gs://${gcs.bucket.name}/acme/test/data?endpoint=${gcs.url}`,
    };
  },
  "s3:": async (_stack, host) => {
    const swift = await startSwift(host);
    onTestFinished(() => swift.stop());
    const { endpoint } = swift;
    const options = { endpoint, region: "us-east-1", forcePathStyle: true, credentials: { ...SWIFT_KEYS } };
    const client = new S3({ ...options, requestChecksumCalculation: "WHEN_REQUIRED" });
    await client.createBucket({ Bucket: BUCKET });
    client.destroy();
    return {
      store: { kind: "s3", bucket: BUCKET, prefix: "acme", endpoint, ...SWIFT_KEYS },
      address: `s3://${BUCKET}/acme/test/data?endpoint=${endpoint}`,
    };
  },
};

function runImage(lab: Lab, mounts: readonly string[], args: readonly string[]) {
  const { accessKeyId, secretAccessKey } = SWIFT_KEYS;
  const env = { ...lab.env, AWS_ACCESS_KEY_ID: accessKeyId, AWS_SECRET_ACCESS_KEY: secretAccessKey };
  const volumes = mounts.flatMap((mount) => ["--volume", mount]);
  const given = SECRETS.flatMap((name) => ["--env", name]);
  return run("/usr/bin/docker", ["run", "--rm", ...volumes, ...given, lab.image, ...args], { env });
}

describeInLab("a machine that has nothing but the image", (lab) => {
  for (const [scheme, start] of Object.entries(PLACES)) {
    const missing = scheme === "s3:" ? swiftIsMissing : undefined;
    it.skipIf(missing !== undefined)(
      `restores an encrypted point from ${scheme} by its address and the identity${missing === undefined ? "" : ` (${missing})`}`,
      async () => {
        const stack = testStack();
        const { store, address, mounts = [] } = await start(stack, await bridgeOf(lab));
        const identity = stack.path("identity");
        const { stdout } = await stack.done("key", "new", "--out", identity);
        const recipient = /age1\w+/.exec(stdout)?.[0] ?? "";
        stack.configure({
          ...{ stores: [], otherStores: { offsite: store } },
          encryption: { age: { recipients: [recipient] } },
        });
        stack.write({ "notes.txt": "what was written", "more/of it.txt": "and more" });
        await stack.backUp();
        stack.write({ "later.txt": "and later" });
        await stack.backUp();

        const restored = stack.path("restored");
        mkdirSync(restored);
        const there = [`${restored}:/restored`, `${identity}:/identity:ro`, ...mounts];
        const args = ["restore", "--from", address, "--to", "/restored/data"];
        const refused = await runImage(lab, there, args);
        expect(refused).toMatchObject({ exitCode: 5, stdout: "" });
        expect(refused.stderr).toContain("--identity");
        const end = await runImage(lab, there, [...args, "--identity", "/identity"]);
        expect(end, end.stderr).toMatchObject({ exitCode: 0 });
        expect(describeTree(`${restored}/data`)).toEqual(describeTree(stack.source()));
      },
    );
  }
});

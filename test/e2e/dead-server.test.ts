/** One server of two is killed, between a store in a directory and one on the other server. */
import { S3 } from "@aws-sdk/client-s3";
import { mkdirSync } from "node:fs";

import { describe, expect, it, onTestFinished } from "vitest";

import { LocalStore } from "../../src/stores/local/local-store.ts";
import { describeTree } from "../fakes/captured-volume.ts";
import { putPoint } from "../fakes/points.ts";
import { FakeMachine } from "../fakes/process-tables.ts";
import { hasRclone } from "../fakes/rclone-store.ts";
import { WebdavServer } from "../fakes/webdav-server.ts";
import { startSwift, SWIFT_KEYS, swiftIsMissing } from "../servers/swift.ts";
import { alertInbox, type AlertInbox } from "./alert-inbox.ts";
import { testStack, type Daemon, type TestStack } from "./test-stack.ts";
import { waitUntil } from "./wait-until.ts";

const TOKEN = "a-token-for-tests";
const BUCKET = "backups";
const SERVERS = ["s3", "webdav"] as const;

const missing = swiftIsMissing ?? (hasRclone ? undefined : "rclone is not installed");

/** Each store has one point, far older than points may be. */
async function stackOfThree() {
  const inbox = await alertInbox();
  const stack = testStack();
  const swift = await startSwift();
  onTestFinished(() => swift.stop());
  await makeBucket(swift.endpoint);
  const served = stack.path("served");
  mkdirSync(served);
  const webdav = await WebdavServer.start(served);
  onTestFinished(() => webdav.stop());
  stack.configure({
    otherStores: {
      s3: { kind: "s3", bucket: BUCKET, endpoint: swift.endpoint, ...SWIFT_KEYS },
      webdav: {
        ...{ kind: "rclone", remote: "box:", configFile: webdav.rcloneConfig(stack.root) },
        options: { "low-level-retries": 1 },
      },
    },
    jobs: { data: { freshness: { maxAge: "1d" }, retry: { attempts: 1 } } },
    alerts: { channels: inbox.channels },
    http: { listen: "127.0.0.1:0", token: TOKEN },
  });
  stack.write({ file: "content" });
  const processes = new FakeMachine("host").startProcess();
  const local = new LocalStore({ name: "local", path: stack.store(), processes });
  await putPoint(local, "2026-01-01T03:00:00Z", { stack: "test", sourceKind: "older" });
  for (const store of SERVERS) await stack.done("copy", "--from", "local", "--to", store);
  return { stack, inbox, servers: { s3: swift, webdav } };
}

async function makeBucket(endpoint: string): Promise<void> {
  const options = { endpoint, region: "us-east-1", forcePathStyle: true, credentials: { ...SWIFT_KEYS } };
  const client = new S3({ ...options, requestChecksumCalculation: "WHEN_REQUIRED" });
  await client.createBucket({ Bucket: BUCKET });
  client.destroy();
}

/** A store that is dead is looked at for a while before that is said of it. */
const LOOK_LIMIT_MS = 120_000;

async function untilFreshnessIs(daemon: Daemon, wanted: Readonly<Record<string, string>>): Promise<void> {
  await waitUntil(
    `the freshness ${JSON.stringify(wanted)}`,
    async () => {
      const stores = (await daemon.status()).jobs[0]?.stores ?? [];
      return stores.every(({ store, freshness }) => wanted[store] === freshness);
    },
    LOOK_LIMIT_MS,
  );
}

async function untilTold(inbox: AlertInbox, event: "firing" | "resolved", store: string): Promise<void> {
  await waitUntil(
    `${event} about ${store}`,
    () => inbox.about("store-unreachable").some((told) => told.event === event && told.store === store),
    LOOK_LIMIT_MS,
  );
}

async function pointsIn(stack: TestStack, store: string): Promise<string[]> {
  const { stdout } = await stack.done("list", "--store", store, "--json");
  return (JSON.parse(stdout) as { points: { id: string }[] }).points.map(({ id }) => id);
}

describe.skipIf(missing !== undefined)(
  `a store whose server is killed, of three${missing === undefined ? "" : ` (${missing})`}`,
  { timeout: 180_000 },
  () => {
    it.each([
      { dead: "s3", alive: "webdav" },
      { dead: "webdav", alive: "s3" },
    ] as const)(
      "leaves the others fresh when it is $dead, is named by its alert and by exit code 3, and is healed by the first run that finds it back",
      async ({ dead, alive }) => {
        const { stack, inbox, servers } = await stackOfThree();
        const daemon = await stack.startDaemon();
        await inbox.next("stale", "firing");
        await servers[dead].goDown();

        expect(await daemon.runJob("data", TOKEN)).toBe("partial");
        await untilFreshnessIs(daemon, { local: "fresh", [alive]: "fresh", [dead]: "stale" });
        stack.write({ file: "content", more: "of it" });
        const { exitCode, stdout } = await stack.run("backup");
        expect(exitCode).toBe(3);
        expect(stdout).toMatch(
          new RegExp(`^data: partial\\. Incremental point \\S+ in local, ${alive}: .*${dead}.* refused`),
        );
        await untilTold(inbox, "firing", dead);
        const { alerts } = await daemon.status();
        expect(alerts.filter(({ condition }) => condition === "stale")).toMatchObject([{ store: dead }]);

        await servers[dead].comeUp();
        expect(await daemon.runJob("data", TOKEN)).toBe("succeeded");
        await untilFreshnessIs(daemon, { local: "fresh", [alive]: "fresh", [dead]: "fresh" });
        await untilTold(inbox, "resolved", dead);
        await waitUntil("the end of all alerts", async () => (await daemon.conditions()).length === 0);
        const points = await pointsIn(stack, "local");
        expect(points).toHaveLength(4);
        for (const store of SERVERS) expect(await pointsIn(stack, store)).toEqual(points);

        const restore = ["restore", "data", "--store", dead, "--point", String(points[1])];
        await stack.done(...restore, "--to", stack.path("restored"));
        expect(describeTree(stack.path("restored"))).toEqual(describeTree(stack.source()));
      },
    );
  },
);

import { execFile } from "node:child_process";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { expect, it } from "vitest";

const ADAPTERS = fileURLToPath(new URL("../../daemon/compose-adapters.ts", import.meta.url));

const PROGRAM = `
  import { createStore } from ${JSON.stringify(ADAPTERS)};
  import { createRequire } from "node:module";
  const around = { clock: { now: () => 0, monotonic: () => 0, sleep: async () => {} }, random: Math.random, processes: {} };
  const options = { kind: "s3", bucket: "b", partSize: 8388608, maxParts: 10000, checksums: "when-required" };
  const loaded = () => Object.keys(createRequire(import.meta.url).cache).some((path) => path.includes("@aws-sdk"));
  const store = await createStore("offsite", { ...options, endpoint: "http://127.0.0.1:1", accessKeyId: "a", secretAccessKey: "b" }, around);
  const before = loaded();
  await store.stat("a").catch(() => undefined);
  console.log(JSON.stringify([before, loaded()]));
`;

it("loads the SDK with the first request, not with the program", async () => {
  const args = ["--input-type=module", "--eval", PROGRAM];
  const { stdout } = await promisify(execFile)(process.execPath, args);
  expect(JSON.parse(stdout)).toEqual([false, true]);
});

import { readFileSync } from "node:fs";
import { expect, it } from "vitest";
import { testStack } from "./test-stack.ts";
import { waitUntil } from "./wait-until.ts";

const TOKEN = "a-token-of-the-config";

it("backs up its own config without secrets, once for each that there was", async () => {
  const stack = testStack({ keepConfig: true, http: { listen: "127.0.0.1:0", token: TOKEN } });
  stack.write({ file: "content" });
  const before = readFileSync(stack.configPath, "utf8");
  const kept = async (): Promise<string[]> => {
    const { stdout } = await stack.run("list", "_config", "--json");
    return (JSON.parse(stdout) as { points: { id: string }[] }).points.map(({ id }) => id);
  };
  const first = await stack.startDaemon();
  await waitUntil("a point of the config", async () => (await kept()).length === 1);
  await waitUntil("that it is known", async () =>
    (await first.status()).jobs.some(({ name, freshness }) => name === "_config" && freshness === "fresh"),
  );
  await first.stop("SIGTERM");

  const status = await stack.run("status");
  expect(status.stdout).toMatch(/^_config +local +fresh/m);
  const [id = ""] = await kept();
  const copy = (await stack.done("cat", id, "holdfast.yml")).stdout;
  expect(copy).toBe(before.replace(TOKEN, '"${HOLDFAST_HTTP_TOKEN}"'));
  const { stdout } = await stack.done("cat", id, "stack.json");
  expect(JSON.parse(stdout)).toMatchObject({
    stack: "test",
    secrets: [{ kind: "variable", name: "HOLDFAST_HTTP_TOKEN", for: "http.token" }],
    jobs: [{ job: "data", kind: "volume", path: stack.source() }],
  });

  stack.configure({ keepConfig: true, lockWait: "1s" });
  const second = await stack.startDaemon();
  await waitUntil("a point of the changed config", async () => (await kept()).length === 2);
  await second.stop("SIGTERM");
  const third = await stack.startDaemon();
  expect((await third.requestRun("_config", TOKEN)).status).not.toBe(404);
  await third.stop("SIGTERM");
  expect(await kept()).toHaveLength(2);
});

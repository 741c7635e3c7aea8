/** However a child ends, it is told, and nothing of it stays. */
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { pathToFileURL } from "node:url";

import { expect, it } from "vitest";

import { FakeClock } from "../../../test/fakes/fake-clock.ts";
import { temporaryDirectory } from "../../../test/fakes/temporary-directory.ts";
import { runChild, type ChildEnd, type ChildOrder } from "./run-child.ts";

const SERVE = new URL("./serve-request.ts", import.meta.url).href;

function run(code: string, changes: Partial<ChildOrder> = {}): Promise<ChildEnd> {
  const path = join(temporaryDirectory(), "child.mjs");
  writeFileSync(path, `import { serveRequest } from ${JSON.stringify(SERVE)};\n${code}`);
  const { signal } = new AbortController();
  const clock = new FakeClock();
  const entry = pathToFileURL(path);
  return runChild({ what: "Testing", entry, request: { n: 1 }, timeout: 1000, clock, signal, ...changes });
}

it("hands over the request and gives the reply, also one of many bytes", async () => {
  const end = await run("await serveRequest(async (request) => ({ request, long: 'é'.repeat(300000) }));");
  expect(end).toEqual({ how: "replied", reply: { request: { n: 1 }, long: "é".repeat(300_000) } });
});

it("gives the child nothing of our environment", async () => {
  expect(await run("await serveRequest(async () => Object.keys(process.env));")).toEqual({
    how: "replied",
    reply: [],
  });
});

it("tells a crash from a kill and from a failure", async () => {
  expect(await run("process.kill(process.pid, 'SIGSEGV'); await new Promise(() => {});")).toMatchObject({
    how: "crashed",
    by: "SIGSEGV",
  });
  expect(await run("process.abort();")).toMatchObject({ how: "crashed", by: "SIGABRT" });
  expect(await run("process.kill(process.pid, 'SIGKILL');")).toEqual({ how: "killed", by: "SIGKILL" });
  expect(await run("throw new Error('no such library');")).toMatchObject({
    how: "failed",
    told: expect.stringContaining("no such library") as string,
  });
  expect(await run("process.stdout.write('not JSON');")).toMatchObject({ how: "failed" });
});

it("kills one that takes too long", async () => {
  const clock = new FakeClock();
  const end = run("await serveRequest(() => new Promise(() => setInterval(() => {}, 1000)));", { clock });
  while (clock.sleeping === 0) await new Promise((resolve) => setImmediate(resolve));
  await clock.advance(1000);
  expect(await end).toEqual({ how: "late" });
});

it("kills one that is cancelled, and throws the cancellation", async () => {
  const abort = new AbortController();
  const end = run("await serveRequest(() => new Promise(() => setInterval(() => {}, 1000)));", {
    signal: abort.signal,
  });
  abort.abort();
  await expect(end).rejects.toMatchObject({ code: "cancelled" });
  await expect(run("", { signal: AbortSignal.abort() })).rejects.toMatchObject({ code: "cancelled" });
});

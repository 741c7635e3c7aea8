import { once } from "node:events";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { expect, it, onTestFinished } from "vitest";
import { FakeClock } from "../../../test/fakes/fake-clock.ts";
import { FakeMachine } from "../../../test/fakes/process-tables.ts";
import { tempName } from "../temp-name.ts";
import { removeLeftoversOf } from "./leftovers.ts";
import { RcloneApi } from "./rclone-api.ts";
import { Remote } from "./remote.ts";

/** What rclone answers of a remote with two unfinished objects of a dead writer, one of which the server refuses to delete. */
async function remoteWith(paths: readonly string[], refusal: string) {
  const deleted: string[] = [];
  const server = createServer((request, response) => {
    void Array.fromAsync(request as AsyncIterable<Buffer>).then((chunks) => {
      const { remote = "" } = JSON.parse(Buffer.concat(chunks).toString()) as { remote?: string };
      const item = (Path: string) => ({ Path, Size: 1, ModTime: "2026-11-22T00:00:00Z", IsDir: false });
      if (request.url === "/operations/list") {
        response.end(JSON.stringify({ list: paths.map(item) }));
        return;
      }
      const isRefused = remote === paths[0];
      if (!isRefused) deleted.push(remote);
      response.writeHead(isRefused ? 500 : 200);
      response.end(JSON.stringify(isRefused ? { error: refusal } : {}));
    });
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  const { port } = server.address() as AddressInfo;
  const api = new RcloneApi({ port, user: "x", password: "x" });
  onTestFinished(() => {
    api.close();
    server.close();
  });
  return { remote: new Remote(api, new FakeClock()), deleted };
}

async function leftoversBehind(refusal: string) {
  const machine = new FakeMachine();
  const dead = machine.startProcess();
  const paths = [`stack/${tempName(dead.self)}`, `stack/${tempName(dead.self)}`];
  machine.kill(dead);
  const { remote, deleted } = await remoteWith(paths, refusal);
  const removed = removeLeftoversOf(remote, {
    ...{ prefix: "stack/", what: "Removing leftovers", signal: undefined },
    ...{ processes: machine.startProcess(), abandoned: new Set<string>(), removeFolders: false },
  });
  return { removed, deleted, paths };
}

it("leaves what a WebDAV server still waits for to a later run, and removes the rest", async () => {
  const { removed, deleted, paths } = await leftoversBehind("Locked: 423 Locked");
  expect(await removed).toBe(1);
  expect(deleted).toEqual([paths[1]]);
});

it("passes on any other refusal", async () => {
  const { removed } = await leftoversBehind("403 Forbidden");
  await expect(removed).rejects.toThrow("403 Forbidden");
});

import { once } from "node:events";
import { createServer, request as ask } from "node:http";
import type { AddressInfo } from "node:net";
import { expect, it, onTestFinished } from "vitest";
import { bodyOf, textOf } from "../../../test/contract/bytes.ts";
import { gcsStore, storeOver } from "../../../test/fakes/gcs/gcs-store.ts";

/** Passes requests on, as a company's proxy does, and notes for whom. */
async function startProxy() {
  const asked: string[] = [];
  const server = createServer((incoming, outgoing) => {
    const { method = "", url = "", headers } = incoming;
    asked.push(url);
    const onward = ask(url, { method, headers }, (answer) => {
      outgoing.writeHead(answer.statusCode ?? 502, answer.headers);
      answer.pipe(outgoing);
    });
    incoming.pipe(onward);
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  onTestFinished(() => {
    server.closeAllConnections();
    server.close();
  });
  return { asked, url: `http://127.0.0.1:${(server.address() as AddressInfo).port}` };
}

it("goes to Cloud Storage through the proxy that the environment names, except where it says not to", async () => {
  const { gcs } = await gcsStore();
  const proxy = await startProxy();
  const through = storeOver(gcs, { around: { env: { HTTP_PROXY: proxy.url } } });
  await through.put("stack/object", bodyOf("hello"));
  expect(await textOf(through.get("stack/object"))).toBe("hello");
  expect(proxy.asked).toHaveLength(2);
  expect(proxy.asked.every((url) => url.startsWith(gcs.url))).toBe(true);

  const direct = storeOver(gcs, { around: { env: { HTTP_PROXY: proxy.url, NO_PROXY: "127.0.0.1" } } });
  expect(await textOf(direct.get("stack/object"))).toBe("hello");
  expect(proxy.asked).toHaveLength(2);
});

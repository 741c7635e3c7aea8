/** The metadata server that every machine of Google's has: that of the machine vm-1, or something else at its address. */
import { once } from "node:events";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { onTestFinished } from "vitest";
import { ZONE } from "./stand-in.ts";

export interface FakeMetadata {
  /** For `GCE_METADATA_HOST`. */
  address: string;
  close(): void;
}

const VALUES: Readonly<Record<string, string>> = {
  "project/project-id": "acme",
  "instance/zone": `projects/1234/zones/${ZONE}`,
  "instance/name": "vm-1",
};

export async function startMetadata({ flavor = "Google" } = {}): Promise<FakeMetadata> {
  const server = createServer((request, response) => {
    const value = VALUES[(request.url ?? "").replace("/computeMetadata/v1/", "")];
    const isAsked = request.headers["metadata-flavor"] === "Google" && value !== undefined;
    response.writeHead(isAsked ? 200 : 403, { "metadata-flavor": flavor }).end(value);
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  const address = `127.0.0.1:${(server.address() as AddressInfo).port}`;
  return { address, close: () => void server.close() };
}

/** For the environment of one test. */
export async function metadata(options: { flavor?: string } = {}): Promise<{ GCE_METADATA_HOST: string }> {
  const server = await startMetadata(options);
  onTestFinished(() => server.close());
  return { GCE_METADATA_HOST: server.address };
}

import { execFileSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { request as forward } from "node:http";
import { createServer, type Server } from "node:https";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { bodyOf } from "../../../test/contract/bytes.ts";
import { FakeS3 } from "../../../test/fakes/s3/fake-s3.ts";
import { storeOn } from "../../../test/fakes/s3/fake-s3-store.ts";

describe("a server whose certificate only its owner vouches for", () => {
  let fake: FakeS3;
  let server: Server;
  let endpoint: string;
  let directory: string;
  let caFile: string;

  beforeAll(async () => {
    fake = await FakeS3.start();
    directory = mkdtempSync(join(tmpdir(), "holdfast-tls-"));
    caFile = join(directory, "cert.pem");
    const keyFile = join(directory, "key.pem");
    const subject = ["-subj", "/CN=office", "-addext", "subjectAltName=IP:127.0.0.1", "-days", "2"];
    const files = ["-keyout", keyFile, "-out", caFile];
    const kind = ["-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes"];
    execFileSync("openssl", ["req", ...kind, ...files, ...subject], { stdio: "pipe" });
    server = createServer({ key: readFileSync(keyFile), cert: readFileSync(caFile) }, (asked, answer) => {
      const { url, method, headers } = asked;
      const passed = forward(new URL(url ?? "/", fake.endpoint), { method, headers }, (got) => {
        answer.writeHead(got.statusCode ?? 500, got.headers);
        got.pipe(answer);
      });
      asked.pipe(passed);
    });
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
    endpoint = `https://127.0.0.1:${(server.address() as AddressInfo).port}`;
  });

  afterAll(async () => {
    server.closeAllConnections();
    await new Promise((resolve) => server.close(resolve));
    await fake.stop();
    rmSync(directory, { recursive: true });
  });

  it("is not trusted, with the setting that would change that", async () => {
    await expect(storeOn(fake, { endpoint }).stat("stack/object")).rejects.toMatchObject({
      transient: false,
      message: expect.stringMatching(
        /nobody vouches for the server's certificate \(\w+\); name the file of the authority that issued it in `caFile`\.$/,
      ) as string,
    });
  });

  it("is trusted when the file is named, beside all others", async () => {
    const store = storeOn(fake, { endpoint, caFile });
    expect(await store.put("stack/object", bodyOf("hello"))).toMatchObject({ size: 5 });
  });

  it("is not asked when the file cannot be read", async () => {
    const store = storeOn(fake, { endpoint, caFile: "/no/such/file.pem" });
    await expect(store.stat("stack/object")).rejects.toThrow(
      "Reading /no/such/file.pem failed: it cannot be read; check `caFile`.",
    );
  });
});

import { gunzipSync } from "node:zlib";
import { describe, expect, it, vi } from "vitest";
import { FakeClock } from "../../test/fakes/fake-clock.ts";
import { jobStatus, stackStatus } from "../../test/fakes/status-fixture.ts";
import { rawRequest, testServer } from "../../test/fakes/web-server.ts";
import { HoldfastError } from "../domain/errors.ts";
import type { WebContext } from "./context.ts";
import { startWebServer } from "./server.ts";

const ALL_PATHS = ["/", "/metrics", "/livez", "/healthz", "/api/v1/status", "/api/v1/jobs/data/points"];

describe("every address", () => {
  it("answers GET with a body and HEAD with the same headers and none", async () => {
    const { url } = await testServer();
    for (const path of ALL_PATHS) {
      const get = await fetch(url + path);
      const body = await get.text();
      expect(`${path} ${get.status}`).toBe(`${path} 200`);
      expect(body).not.toBe("");
      const head = await fetch(url + path, { method: "HEAD" });
      expect(head.status).toBe(200);
      expect(head.headers.get("content-length")).toBe(get.headers.get("content-length"));
      expect(await head.text()).toBe("");
    }
  });

  it("carries headers that forbid scripts, framing, sniffing and caching", async () => {
    const { url } = await testServer();
    for (const path of [...ALL_PATHS, "/nowhere"]) {
      const { headers } = await fetch(url + path);
      expect(headers.get("content-security-policy")).toMatch(
        /^default-src 'none'; style-src 'sha256-[\w+/=]{44}';.*frame-ancestors 'none'/,
      );
      expect(headers.get("content-security-policy")).not.toContain("unsafe");
      expect(headers.get("x-content-type-options")).toBe("nosniff");
      expect(headers.get("cache-control")).toBe("no-store");
    }
  });

  it("refuses other methods and says which work", async () => {
    const { url } = await testServer({ token: "0123456789" });
    for (const path of ALL_PATHS) {
      const { status, headers } = await fetch(url + path, { method: "DELETE" });
      expect(status).toBe(405);
      expect(headers.get("allow")).toBe("GET, HEAD");
    }
    const run = await fetch(`${url}/api/v1/jobs/data/run`);
    expect([run.status, run.headers.get("allow")]).toEqual([405, "POST"]);
  });

  it("is compressed when that is asked for and worth it", async () => {
    const jobs = Array.from({ length: 500 }, (_, at) => jobStatus({ name: `job-${at}` }));
    const { port } = await testServer({ status: () => stackStatus({ jobs }) });
    const plain = await rawRequest(port, "/", { headers: { "Accept-Encoding": "identity, gzip;q=0" } });
    const packed = await rawRequest(port, "/", { headers: { "Accept-Encoding": "br, gzip" } });
    expect(plain.headers["content-encoding"]).toBeUndefined();
    expect(packed.headers["content-encoding"]).toBe("gzip");
    expect(gunzipSync(packed.body).equals(plain.body)).toBe(true);
    expect(packed.body.length).toBeLessThan(100_000);
    const small = await rawRequest(port, "/livez", { headers: { "Accept-Encoding": "gzip" } });
    expect(small.headers["content-encoding"]).toBeUndefined();
  });
});

describe("what is not there", () => {
  it("is said in the form that the client reads", async () => {
    const { url } = await testServer();
    const get = async (path: string, accept: string) => {
      const response = await fetch(url + path, { headers: { accept } });
      return [response.status, response.headers.get("content-type"), await response.text()] as const;
    };
    expect(await get("/x", "*/*")).toEqual([
      404,
      "text/plain; charset=utf-8",
      "There is nothing at this address.\n",
    ]);
    expect((await get("/x", "text/html,*/*;q=0.8"))[2]).toContain("<!doctype html>");
    expect(JSON.parse((await get("/x", "application/json"))[2])).toEqual({
      error: { code: "not-found", message: "There is nothing at this address." },
    });
    expect((await get("/api/v1/x", "text/html"))[1]).toBe("application/json; charset=utf-8");
  });

  it("cannot be reached around a corner: no path names a file", async () => {
    const { port } = await testServer();
    for (const path of [
      "/../../etc/passwd",
      "/..%2f..%2fetc/passwd",
      "//etc/passwd",
      "/metrics/",
      "/./metrics",
      "/%6detrics",
      "/api/v1/jobs/../status",
      "/api/v1/jobs/%2e%2e/points",
      "/api/v1/jobs/data%2Fpoints",
      "/api/v1/jobs/%ff/points",
      "/api/v1/jobs//points",
      "/api/v1/jobs/__proto__/points",
    ]) {
      expect(`${path} ${(await rawRequest(port, path)).status}`).toBe(`${path} 404`);
    }
  });

  it("ignores a query", async () => {
    const { url } = await testServer();
    expect((await fetch(`${url}/livez?x=/../y`)).status).toBe(200);
  });
});

describe("too much", () => {
  it("is refused: a large body, a body of unknown size, endless headers", async () => {
    const { port } = await testServer({ token: "0123456789" });
    const post = (headers: Record<string, string | number>, body?: string) =>
      rawRequest(port, "/api/v1/jobs/data/run", {
        method: "POST",
        headers,
        ...(body === undefined ? {} : { body }),
      });
    expect(await post({ "Content-Length": 5000 }, "x".repeat(5000))).toMatchObject({
      status: 413,
      headers: { connection: "close" },
    });
    expect((await post({ "Transfer-Encoding": "chunked" }, "x")).status).toBe(411);
    expect((await post({ "X-Long": "x".repeat(9000) })).status).toBe(431);
    expect((await post({ "Content-Length": 2 }, "{}")).status).toBe(401);
  });
});

describe("a failing handler", () => {
  it("gives the metrics as OpenMetrics to who prefers them, as Prometheus does, and as text to all others", async () => {
    const { url } = await testServer({
      metrics: async (form) => ({ contentType: "text/plain", body: form }),
    });
    const asked = async (accept: string) => (await fetch(`${url}/metrics`, { headers: { accept } })).text();
    const prometheus =
      "application/openmetrics-text;version=1.0.0;escaping=allow-utf-8;q=0.6,text/plain;version=0.0.4;q=0.3,*/*;q=0.2";
    expect(await asked(prometheus)).toBe("openmetrics");
    expect(await asked("*/*")).toBe("text");
    expect(await asked("text/plain, application/openmetrics-text;q=0.5")).toBe("text");
  });

  it("tells the log everything and the client nothing of a defect", async () => {
    const boom = new Error("secret detail");
    const { url, errors } = await testServer({ metrics: () => Promise.reject(boom) });
    const response = await fetch(`${url}/metrics`);
    expect(response.status).toBe(500);
    expect(await response.text()).not.toContain("secret detail");
    expect(errors).toEqual([boom]);
  });

  it("tells the client of a store's trouble", async () => {
    const error = new HoldfastError("store", { what: "Listing offsite", why: "it does not answer" });
    const { url, errors } = await testServer({ points: () => Promise.reject(error) });
    const response = await fetch(`${url}/api/v1/jobs/data/points`);
    expect(response.status).toBe(503);
    expect(await response.json()).toEqual({
      error: { code: "store", message: "Listing offsite failed: it does not answer." },
    });
    expect(errors).toEqual([error]);
  });
});

describe("the end", () => {
  it("comes at once when nothing is under way, and frees the port", async () => {
    const { url, abort, server } = await testServer();
    await (await fetch(`${url}/livez`)).text();
    abort.abort();
    await server.closed;
    await expect(fetch(`${url}/livez`)).rejects.toThrow();
  });

  it("waits for a response under way", async () => {
    const asked = Promise.withResolvers<void>();
    const points = Promise.withResolvers<[]>();
    const { url, abort, server } = await testServer({
      points: () => {
        asked.resolve();
        return points.promise;
      },
    });
    const response = fetch(`${url}/api/v1/jobs/data/points`);
    await asked.promise;
    abort.abort();
    points.resolve([]);
    expect((await response).status).toBe(200);
    await server.closed;
  });

  it("cuts what is not done within a second", async () => {
    const asked = Promise.withResolvers<void>();
    const { url, abort, server, clock } = await testServer({
      points: () => {
        asked.resolve();
        return new Promise(() => undefined);
      },
    });
    const cut = expect(fetch(`${url}/api/v1/jobs/data/points`)).rejects.toThrow();
    await asked.promise;
    abort.abort();
    await vi.waitUntil(() => clock.sleeping === 1);
    await clock.advance(999);
    await server.closed;
    await cut;
  });
});

describe("starting", () => {
  const start = (listen: { host: string; port: number }, signal = new AbortController().signal) =>
    startWebServer({
      listen,
      context: {} as WebContext,
      clock: new FakeClock(),
      signal,
      onError: () => undefined,
    });

  it("on a taken port fails with what to do", async () => {
    const { port } = await testServer();
    await expect(start({ host: "127.0.0.1", port })).rejects.toThrow(
      `Listening on 127.0.0.1:${port} failed: another process listens there already; stop it, or set http.listen to another port.`,
    );
  });

  it("on an address of another machine fails with what to do", async () => {
    await expect(start({ host: "192.0.2.1", port: 0 })).rejects.toThrow(
      /this machine does not have that address; set http.listen/,
    );
  });

  it("does not happen after the signal", async () => {
    await expect(start({ host: "127.0.0.1", port: 0 }, AbortSignal.abort())).rejects.toMatchObject({
      code: "cancelled",
    });
  });
});

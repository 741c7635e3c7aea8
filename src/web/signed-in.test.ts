/** What the pages let somebody do who has the token, and nobody else. */
import { Readable } from "node:stream";
import { describe, expect, it } from "vitest";
import { catalogPoint, jobStatus, stackStatus, STATUS_AT } from "../../test/fakes/status-fixture.ts";
import { rawRequest, testServer } from "../../test/fakes/web-server.ts";
import { HoldfastError } from "../domain/errors.ts";
import type { RunRequestResult, WebContext } from "./context.ts";

const TOKEN = "a-token-of-the-config";
const FORM = { "Content-Type": "application/x-www-form-urlencoded" };
const AT = "20261120T030000Z-7f3a";

async function site(changes: Partial<WebContext> = {}, result: RunRequestResult = { runId: "r1" }) {
  const asked: string[][] = [];
  const request: WebContext["request"] = (...of) => (asked.push(of), result);
  const past = () => ({ attempts: [], points: [catalogPoint(STATUS_AT)], schedule: undefined });
  const server = await testServer({ token: TOKEN, request, past, ...changes });
  const post = (path: string, fields: Record<string, string>, headers: Record<string, string> = {}) => {
    const body = new URLSearchParams(fields).toString();
    const sent = { ...FORM, "Content-Length": body.length, ...headers };
    return rawRequest(server.port, path, { method: "POST", body, headers: sent });
  };
  const get = (path: string, headers: Record<string, string> = {}) =>
    rawRequest(server.port, path, { headers });
  const signedIn = async () => {
    const { headers } = await post("/sign-in", { token: TOKEN });
    const cookie = headers["set-cookie"]?.[0]?.split(";")[0] ?? "";
    const page = (await get("/jobs/data", { Cookie: cookie })).body.toString();
    return { Cookie: cookie, mark: /name="mark" value="([^"]+)"/.exec(page)?.[1] ?? "", page };
  };
  return { ...server, asked, post, get, signedIn };
}

describe("signing in", () => {
  it("takes the token, and nothing else", async () => {
    const { post, get } = await site();
    const wrong = await post("/sign-in", { token: "another" });
    expect([wrong.status, wrong.headers["set-cookie"]]).toEqual([401, undefined]);
    expect(wrong.body.toString()).toContain("That is not the token");
    const right = await post("/sign-in", { token: TOKEN }, { "X-Forwarded-Proto": "https" });
    expect([right.status, right.headers.location]).toEqual([303, "./"]);
    expect(right.headers["set-cookie"]?.[0]).toMatch(/HttpOnly; SameSite=Strict; .*Secure$/);
    expect((await get("/sign-in")).body.toString()).toContain('type="password"');
  });

  it("is nothing that another site can do for somebody", async () => {
    const { post } = await site();
    expect((await post("/sign-in", { token: TOKEN }, { "Sec-Fetch-Site": "cross-site" })).status).toBe(403);
  });

  it("is not there without a token in the config, and neither are buttons", async () => {
    const { post, get } = await site({ token: undefined });
    expect((await get("/sign-in")).status).toBe(403);
    expect((await post("/sign-in", { token: "" })).status).toBe(403);
    expect((await post("/jobs/data/run", {})).status).toBe(403);
    expect((await get(`/jobs/data/points/${AT}/files`)).status).toBe(403);
    expect((await get("/jobs/data")).body.toString()).not.toMatch(/<form|href="[^"]*sign-in/);
  });

  it("ends by signing out", async () => {
    const { post, signedIn } = await site();
    const { Cookie, mark } = await signedIn();
    expect((await post("/sign-out", {}, { Cookie })).status).toBe(403);
    const out = await post("/sign-out", { mark }, { Cookie });
    expect(out.headers["set-cookie"]?.[0]).toMatch(/=; .*Max-Age=0/);
  });
});

describe("the buttons of a job", () => {
  it("ask for what they say, and the page tells what came of it", async () => {
    const { post, get, asked, signedIn } = await site();
    const { Cookie, mark, page } = await signedIn();
    expect(page).toMatch(/Back up now.*Verify.*Sign out/s);
    expect(page).not.toContain(">Drill<");
    const { status, headers } = await post("/jobs/data/verify", { mark }, { Cookie });
    expect([status, headers.location]).toEqual([303, "../data?notice=asked"]);
    expect(asked).toEqual([["data", "verify", "page:127.0.0.1"]]);
    const after = await get("/jobs/data?notice=asked", { Cookie });
    expect(after.body.toString()).toContain("It is queued");
  });

  it.each(["busy", "unknown"] as const)("say so when it is %s", async (result) => {
    const { post, signedIn } = await site({}, result);
    const { Cookie, mark } = await signedIn();
    const { headers } = await post("/jobs/data/run", { mark }, { Cookie });
    expect(headers.location).toBe(`../data?notice=${result === "busy" ? "busy" : "impossible"}`);
  });

  it("do nothing for who has not signed in, for other sites, and with the mark of another session", async () => {
    const { post, asked, signedIn } = await site();
    const one = await signedIn();
    const other = await signedIn();
    const refused = [
      await post("/jobs/data/run", {}),
      await post("/jobs/data/run", { mark: one.mark }),
      await post("/jobs/data/run", {}, { Cookie: one.Cookie }),
      await post("/jobs/data/run", { mark: other.mark }, { Cookie: one.Cookie }),
      await post("/jobs/data/run", { mark: one.mark }, { Cookie: one.Cookie, "Sec-Fetch-Site": "same-site" }),
      await post("/jobs/data/run", { mark: one.mark }, { Cookie: one.Cookie, "Content-Type": "text/plain" }),
    ];
    expect(refused.map(({ status }) => status)).toEqual([401, 401, 403, 403, 403, 403]);
    expect((await post("/jobs/x/run", { mark: one.mark }, { Cookie: one.Cookie })).status).toBe(404);
    expect(asked).toEqual([]);
  });

  it("are of the job whose name it is, whatever it is called", async () => {
    const evil = `a/../b?"><script>`;
    const status = () => stackStatus({ jobs: [jobStatus({ name: evil })] });
    const { post, asked, signedIn } = await site({ status });
    const { Cookie } = await signedIn();
    const path = `/jobs/${encodeURIComponent(evil)}`;
    const { body } = await rawRequest((await site({ status })).port, path, { headers: { Cookie } });
    const mark = /name="mark" value="([^"]+)"/.exec(body.toString())?.[1] ?? "";
    const { headers } = await post(`${path}/run`, { mark }, { Cookie });
    expect(headers.location).toBe(`../${encodeURIComponent(evil)}?notice=asked`);
    expect(asked[0]?.[0]).toBe(evil);
  });
});

describe("files of points", () => {
  const file = { type: "file", size: 5, mode: 0o644, changedAt: STATUS_AT, target: undefined };
  const files: WebContext["files"] = async () => ({
    files: [
      { ...file, path: "a/<b>.txt" },
      { ...file, path: "a/dir", type: "directory" },
      { ...file, path: "a/\xff", type: "symlink", target: "../<x>" },
    ],
    next: "a/\xff",
  });
  const of =
    (chunks: string[], error?: Error): WebContext["file"] =>
    async () => ({
      size: 8,
      chunks: Readable.from(
        (function* () {
          for (const chunk of chunks) yield Buffer.from(chunk);
          if (error !== undefined) throw error;
        })(),
      ),
    });

  it("are listed for who has signed in or sends the token, escaped", async () => {
    const { get, signedIn } = await site({ files });
    const { Cookie, page } = await signedIn();
    expect(page).toMatch(/href="data\/points\/20261120T120000Z-\w+\/files"/);
    const path = `/jobs/data/points/${AT}/files?path=a`;
    const { status, body } = await get(path, { Cookie });
    const html = body.toString();
    expect(status).toBe(200);
    expect(html).toContain('href="file?path=a/%3Cb%3E.txt"');
    expect(html).toContain('href="files?path=a/dir"');
    expect(html).toContain('href="files?path=a&amp;after=a/%FF"');
    expect(html).not.toMatch(/<b>\.txt|<x>/);
    expect((await get(path, { Authorization: `Bearer ${TOKEN}` })).status).toBe(200);
    expect((await get(path)).status).toBe(401);
    expect((await get(path, { Authorization: "Bearer another" })).status).toBe(401);
  });

  it("are downloaded as attachments that no browser opens", async () => {
    const { get, signedIn } = await site({ file: of(["half", "half"]) });
    const { Cookie } = await signedIn();
    const path = `/jobs/data/points/${AT}/file?path=a/%3Cb%3E.html`;
    const { headers, body } = await get(path, { Cookie });
    expect(body.toString()).toBe("halfhalf");
    expect(headers).toMatchObject({
      "content-type": "application/octet-stream",
      "content-length": "8",
      "content-disposition": `attachment; filename="_b_.html"; filename*=UTF-8''%3Cb%3E.html`,
      "x-content-type-options": "nosniff",
    });
    expect((await get(path)).status).toBe(401);
  });

  it("that turn out to be damaged are cut off, or refused where they fit into one piece", async () => {
    const damaged = new HoldfastError("damaged", { what: "Reading it", why: "it does not match" });
    const { port, get, signedIn } = await site({ file: of(["half", "half"], damaged) });
    const { Cookie } = await signedIn();
    const path = `/jobs/data/points/${AT}/file?path=a`;
    await expect(rawRequest(port, path, { headers: { Cookie } })).rejects.toThrow("aborted");
    const small = await site({ file: of(["halfhalf"], damaged) });
    const { status, body } = await small.get(path, { Cookie });
    expect([status, body.toString()]).toEqual([503, `${damaged.message}\n`]);
    expect((await get("/livez")).status).toBe(200);
  });

  it("that are not there are not found", async () => {
    const why = { what: "Looking up x", why: "the recovery point holds no such path" };
    const { get, signedIn } = await site({
      file: async () => Promise.reject(new HoldfastError("not-found", why)),
    });
    const { Cookie } = await signedIn();
    expect((await get(`/jobs/data/points/${AT}/file?path=x`, { Cookie })).status).toBe(404);
  });
});

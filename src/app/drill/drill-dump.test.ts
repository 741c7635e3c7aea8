/** Drills of points of dumps, with a server that is a double: what is asked of it, and what is made of its answers. */
import { readdirSync } from "node:fs";
import { beforeEach, describe, expect, it } from "vitest";
import { appWorkshop, STACK, testJob } from "../../../test/fakes/app-workshop.ts";
import { temporaryDirectory } from "../../../test/fakes/temporary-directory.ts";
import type { QueryCheck } from "../../domain/drill-check.ts";
import { HoldfastError } from "../../domain/errors.ts";
import { MINUTE } from "../../domain/instant.ts";
import type { TrialServer } from "../../ports/dump-trial.ts";
import { createDumpSource } from "../../dump/dump-source.ts";
import { commandKind } from "../../sources/command/command-kind.ts";
import { CommandOptions } from "../../sources/command/options.ts";
import { backupJob } from "../backup-job.ts";
import { runDrill } from "../run-drill.ts";
import { dumpDrill } from "./drill-dump.ts";

const { signal } = new AbortController();

let shop: ReturnType<typeof appWorkshop>;
let scratch: string;
let server: TrialServer;
let restored: string;
let asked: { query: string; database: string | undefined }[];

beforeEach(async () => {
  shop = appWorkshop();
  scratch = temporaryDirectory();
  [restored, asked] = ["", []];
  server = {
    isReady: async () => true,
    async restore({ dumps }) {
      for (const dump of dumps)
        for await (const chunk of dump.read(signal)) restored += Buffer.from(chunk).toString();
    },
    compare: async () => [],
    async ask(question) {
      asked.push(question);
      return "2";
    },
  };
  shop.engine.addService({ service: "db" });
  const options = CommandOptions.parse({ kind: "command", service: "db", command: ["dump"] });
  const source = createDumpSource(commandKind(options), (_asked, work) =>
    work({
      ...{ name: "service db", container: "db", remarks: [] },
      run: async (_tool, { stdout }) => {
        await stdout.write(Buffer.from("all of it"));
        return { exitCode: 0, lastWords: "" };
      },
    }),
  );
  const job = testJob({ sourceKind: "command", timeout: MINUTE });
  const { error } = await backupJob(shop.context, {
    job,
    source,
    stores: shop.stores,
    trigger: "command",
    signal,
  });
  if (error !== undefined) throw error;
});

const drill = (...checks: Omit<QueryCheck, "kind">[]) =>
  runDrill(shop.context, {
    ...{ job: "data", trigger: "command", stores: shop.stores, choice: { newest: true }, signal },
    drill: dumpDrill(shop.context, {
      ...{ scratch, project: "stack", checks: checks.map((check) => ({ kind: "query", ...check })) },
      trials: { service: "db", container: { env: { A: "b" }, capabilities: ["CHOWN"] }, open: () => server },
    }),
  });

const query = (of: Partial<QueryCheck> = {}) => ({
  ...{ query: "SELECT n", database: "app", expect: undefined, atLeast: undefined, ...of },
});
const left = async () => [
  ...readdirSync(scratch),
  ...(await shop.engine.containers({ labels: { "holdfast.stack": STACK } })),
];
const proof = async () =>
  (await shop.context.catalog.listPoints(shop.store, { stack: STACK })).points[0]?.lastProof?.outcome;

describe("A drill of a point of dumps", () => {
  it("gives them to a server of the service's image, without network, and leaves only its verdict", async () => {
    const { run } = await drill(query(), query({ expect: "2" }), query({ atLeast: 2 }));
    expect(run).toMatchObject({ outcome: "succeeded" });
    expect(restored).toBe("all of it");
    expect(asked[0]).toEqual({ query: "SELECT n", database: "app" });
    const [request] = shop.engine.requests;
    expect(request).toMatchObject({ image: "image", command: [], asItsImage: true, env: { A: "b" } });
    expect(request).toMatchObject({ isBackground: true });
    expect(request?.networks).toBeUndefined();
    expect(await left()).toEqual([]);
    expect(await proof()).toBe("passed");
  });

  it("fails the point for what the server lacks, and for what it answers", async () => {
    server.compare = async () => ["Database app has 3 tables when it is restored, and its dump 5."];
    const { report } = await drill(query({ expect: "3" }), query({ atLeast: 2.5 }), query());
    expect(report?.problems).toEqual([
      "Database app has 3 tables when it is restored, and its dump 5.",
      'The query `SELECT n` gives "2", and "3" is expected.',
      'The query `SELECT n` gives "2", and at least 2.5 is expected.',
    ]);
    expect(await proof()).toBe("failed");
  });

  it("fails the point where the server refuses the dump, or the question", async () => {
    const refused = (why: string) => () =>
      Promise.reject(new HoldfastError("source", { what: "pg_restore", why }));
    server.ask = refused("there is no table orders");
    expect((await drill(query())).run.reason).toContain("there is no table orders");
    server.restore = refused("it is no archive");
    expect((await drill()).run).toMatchObject({
      outcome: "failed",
      reason: expect.stringContaining("archive") as string,
    });
    expect(await left()).toEqual([]);
  });

  it("says nothing about the point where the server's disk is full, or its container ends", async () => {
    server.restore = () =>
      Promise.reject(new HoldfastError("source", { what: "pg_restore", why: "No space left on device" }));
    expect((await drill()).run.point).toBeUndefined();
    shop.engine.start = async (id) => shop.engine.setState(id, "exited");
    shop.engine.logs = "initdb: cannot\n";
    expect((await drill()).error?.message).toContain("initdb: cannot");
    expect(await proof()).toBeUndefined();
    expect(await left()).toEqual([]);
  });

  it("waits for the server, and not for ever", async () => {
    server.isReady = async () => false;
    const going = drill();
    await expect.poll(() => shop.engine.requests.length).toBe(1);
    for (let second = 0; second < 700; second++) await shop.clock.advance(1000);
    expect((await going).error?.message).toContain("it was not ready within 10 minutes");
    expect(await left()).toEqual([]);
  });
});

/** The runbook of a stack, followed to the letter after each thing that it is written for: every command in it, in its order, by a shell. */
import { copyFile, mkdir, readFile, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { afterAll, beforeAll, expect, it, vi } from "vitest";
import { FakeGcs } from "../../fakes/gcs/fake-gcs.ts";
import { holdfast } from "../holdfast-process.ts";
import { waitUntil } from "../wait-until.ts";
import { bridgeOf } from "./bridge.ts";
import { QUICK } from "./compose-stack.ts";
import { docker } from "./images.ts";
import { describeInLab } from "./in-lab.ts";
import { planOf, readFacts, writeFacts, type Facts } from "./recover-stack.ts";
import { chaptersOf, RunbookShell, type Following, type RunbookStep } from "./runbook-shell.ts";
import { standUp, type StackPlan } from "./sidecar-stack.ts";

/** There is a file of Compose that is not in the backup, and a bucket that could be deleted from. */
const WITH_WARNINGS = [0, 3];
/** Chapters of places that are gone take minutes: `HOLDFAST_TEST_RUNBOOK=all` follows them, too. */
const isShort = process.env["HOLDFAST_TEST_RUNBOOK"] !== "all";
/** A chapter is a dozen commands, each with containers of its own. */
vi.setConfig({ testTimeout: 300_000, hookTimeout: 300_000 });
const NEITHER_HERE_NOR_THERE = async () => undefined;

describeInLab("the runbook of a stack, followed to the letter", (lab) => {
  const plan: { -readonly [Key in keyof StackPlan]: StackPlan[Key] } = planOf(lab);
  const good = { ...plan.services };
  let gcs: FakeGcs;
  let identity: string;
  beforeAll(async () => {
    gcs = await FakeGcs.start(await bridgeOf(lab));
    const key = JSON.parse((await holdfast(["key", "new", "--json"])).stdout) as Record<string, string>;
    identity = key["identity"] ?? "";
    plan.config = configWith({ recipient: key["recipient"] ?? "", token: "an-old-token" });
  });
  afterAll(() => gcs.close());

  const stack = standUp(lab, plan);
  /** On no machine of the stack. */
  const keyFile = join(stack.directory, "..", `${stack.project}-identity`);
  const volume = (name: string) => `${stack.project}_${name}`;
  const shell = new RunbookShell({ ...lab.env, PATH: "/usr/bin:/bin" });
  let chapters: Map<string, RunbookStep[]>;
  const followed = new Set<string>();
  let before: Facts;
  let fill: Record<string, string>;

  function configWith({ recipient, token }: { recipient: string; token: string }): object {
    const offsite = { kind: "gcs", bucket: gcs.bucket.name, prefix: "acme", endpoint: gcs.url };
    const config = planOf(lab).config as { stores: object };
    return {
      ...{ stack: "shop", ...config },
      stores: { ...config.stores, offsite: { ...offsite, pruning: "elsewhere" } },
      encryption: { age: { recipients: [recipient] } },
      http: { token },
    };
  }

  async function follow(title: string, following: Following = {}): Promise<void> {
    followed.add(title);
    await shell.follow(chapters.get(title) ?? [], { ...following, fill: { ...fill, ...following.fill } });
  }

  const isAsBefore = async (): Promise<void> => {
    await stack.compose("up", "--detach", "--wait", "--no-recreate");
    const now = await waitUntil("the app writes", async () => {
      const facts = await readFacts(stack).catch(() => undefined);
      return facts?.isWhole === true && facts.events >= before.events ? facts : undefined;
    });
    expect(now).toMatchObject({ ledger: before.ledger, cached: before.cached });
  };

  /** Of a volume, whoever uses it. */
  const spoil = (name: string, script: string) =>
    docker(lab, "run", "--rm", "--volume", `${volume(name)}:/v`, "debian:bookworm-slim", "sh", "-c", script);

  /** What is in no backup: a secret of the config, and files that services mount. */
  const putBack = async (): Promise<void> => {
    const config = join(stack.directory, "config/holdfast.yml");
    const text = await readFile(config, "utf8");
    expect(text).toContain("${HOLDFAST_HTTP_TOKEN}");
    await writeFile(config, text.replace("${HOLDFAST_HTTP_TOKEN}", "a-new-token"));
    await copyFile(QUICK, join(stack.directory, "quick-sidecar.yml"));
    await writeFile(join(stack.directory, "app.mjs"), String(plan.files?.["app.mjs"]));
  };

  const loseTheBucket = (): void => {
    for (const name of [...gcs.bucket.objects.keys()]) gcs.bucket.drop(name);
  };

  const loseTheMachine = async (): Promise<void> => {
    await stack.compose("down", "--volumes", "--timeout", "5");
    await rm(stack.directory, { recursive: true });
    shell.forget();
  };

  beforeAll(async () => {
    await waitUntil("the app writes", async () => (await readFacts(stack)).events > 3, 60_000);
    await writeFacts(stack);
    before = await readFacts(stack);
    for (const words of [["backup"], ["backup", "_config"]]) {
      const backup = await stack.holdfast(...words);
      expect(backup, backup.stderr).toMatchObject({ exitCode: 0 });
    }
    await writeFile(keyFile, identity);
    fill = { AT: new Date().toISOString(), KEY: keyFile };
    const { stdout } = await stack.holdfast("runbook");
    await mkdir(join(stack.directory, "docs"));
    await writeFile(join(stack.directory, "docs/DISASTER_RECOVERY.md"), stdout);
    chapters = chaptersOf(stdout);
    await follow("How to run these commands");
  });
  afterAll(async () => {
    await rm(keyFile, { force: true });
    // Compose removes by its files.
    await stack.layOut({ ...plan, services: good });
  });

  it("a bad deploy", async () => {
    const app = { ...good["app"], image: lab.image, entrypoint: ["false"] };
    await stack.layOut({ ...plan, services: { ...good, app } });
    await stack.tryCompose("up", "--detach");
    const revert = () => stack.layOut({ ...plan, services: good });
    await follow("A container crashes, or a deploy is bad", { fill: { SERVICE: "app" }, byHand: [revert] });
    await isAsBefore();
  });

  it("a wrong image", async () => {
    const nonsense = "rm -r /data/uploads; echo '{}' > /data/told.json; exec sleep infinity";
    const app = { ...good["app"], image: lab.image, entrypoint: ["sh", "-c", nonsense] };
    await stack.layOut({ ...plan, services: { ...good, app } });
    await stack.compose("up", "--detach");
    await waitUntil("there is nonsense", async () => (await readFacts(stack)).events === 0);
    const revert = () => stack.layOut({ ...plan, services: good });
    const choices = { SERVICE: "app", JOBS: "data" };
    await follow("A wrong image was rolled out", { fill: choices, byHand: [revert] });
    await isAsBefore();
  });

  it("damaged files", async () => {
    await stack.compose("stop", "app");
    await spoil("app_data", "rm /v/uploads/1 /v/uploads/2; head -c 100000 /dev/urandom > /v/events.duckdb");
    await follow("Files in a volume are damaged or were deleted", {
      fill: { JOB: "data", JOBS: "data", FILES: "uploads/1 uploads/2" },
    });
    await isAsBefore();
  });

  it("a damaged database", async () => {
    const lose = "DELETE FROM ledger WHERE id % 2 = 0; CREATE TABLE nonsense (id int)";
    await stack.exec("db", "psql", "-XU", "postgres", "-d", "app", "-c", lose);
    await follow("A database is damaged, or rows were deleted");
    await isAsBefore();
  });

  it("docker compose down -v", async () => {
    await stack.compose("down", "--volumes", "--timeout", "5");
    await follow("`docker compose down -v`: every volume of the stack is gone");
    await isAsBefore();
    await follow("After every recovery");
  });

  it("a lost disk", async () => {
    await stack.compose("kill", "app", "db", "cache");
    for (const name of ["app_data", "db_data", "cache_data"]) await spoil(name, "rm -rf /v/*");
    await follow("A disk of the machine is lost", { byHand: [NEITHER_HERE_NOR_THERE] });
    await isAsBefore();
  });

  it.skipIf(isShort)("a lost machine", async () => {
    await loseTheMachine();
    await follow("The machine is lost", { byHand: [NEITHER_HERE_NOR_THERE, putBack] });
    await isAsBefore();
  });

  it.skipIf(isShort)("a network that is gone", async () => {
    const network = volume("default");
    await docker(lab, "network", "disconnect", network, stack.container("backup"));
    const repair = () => docker(lab, "network", "connect", network, stack.container("backup"));
    const title = "The network is gone, or a store does not answer";
    await follow(title, { byHand: [repair], ends: { doctor: [1] } });
    await isAsBefore();
  });

  it.skipIf(isShort)("a lost bucket, and a lost directory of backups", async () => {
    await follow("A bucket, or another place of backups, is lost", {
      byHand: [() => spoil("archive", "rm -rf /v/*"), async () => loseTheBucket()],
      ends: { doctor: WITH_WARNINGS },
    });
    await isAsBefore();
  });

  it.skipIf(isShort)("leaked credentials", async () => {
    const told = identity;
    const rewrite = async (recipient: string) => {
      plan.config = configWith({ recipient, token: "a-new-token" });
      await stack.layOut({ ...plan, services: good });
    };
    const renew = async () => {
      const { stdout } = await shell.run("cat identity-new.txt");
      await writeFile(keyFile, `${stdout}\n${told}`);
      await rewrite(/age1\w+/.exec(stdout)?.[0] ?? "");
    };
    const old = /age1\w+/.exec(told)?.[0] ?? "";
    await follow("Credentials have leaked", {
      byHand: [() => rewrite(old), NEITHER_HERE_NOR_THERE, renew],
      ends: { doctor: WITH_WARNINGS },
    });
    await isAsBefore();
  });

  it.skipIf(isShort)("ransomware", async () => {
    await spoil("app_data", "find /v -type f -exec sh -c 'head -c 64 /dev/urandom > $1' sh {} ';'");
    await loseTheMachine();
    await follow("Ransomware, or somebody who deletes", {
      byHand: [NEITHER_HERE_NOR_THERE, NEITHER_HERE_NOR_THERE, NEITHER_HERE_NOR_THERE, putBack],
    });
    await isAsBefore();
  });

  it.skipIf(isShort)("has no chapter with commands that was not followed", () => {
    const all = [...chapters].filter(([, steps]) => steps.some(({ lines }) => lines.length > 0));
    expect(all.map(([title]) => title).filter((title) => !followed.has(title))).toEqual([]);
  });
});

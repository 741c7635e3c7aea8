/** A PostgreSQL server that is written to, dumped, lost with its volume, and brought back by one command. */
import { describe, expect, it } from "vitest";
import { waitUntil } from "../wait-until.ts";
import { commandLinesWhile, inspected } from "./everything-shown.ts";
import { docker } from "./images.ts";
import { describeInLab } from "./in-lab.ts";
import { PASSWORD, PLAN } from "./postgres-stack.ts";
import { standUp } from "./sidecar-stack.ts";

describeInLab("PostgreSQL in a stack", (lab) => {
  const stack = standUp(lab, PLAN, async () => {
    await lockDown();
    await load();
  });

  const inDb = async (...command: string[]) => (await stack.exec("db", ...command)).trim();
  const inBackup = async (script: string) => stack.exec("backup", "node", "-e", script);
  const sql = async (query: string, database = "app", service = "db") => {
    const psql = ["psql", "-XU", "postgres", "-d", database, "-qAtv", "ON_ERROR_STOP=1", "-c", query];
    return (await stack.execWith({ PGPASSWORD: PASSWORD }, service, ...psql)).trim();
  };

  /** As the real image is: local users need the password, too. */
  const lockDown = async () => {
    await sql(`ALTER ROLE postgres PASSWORD '${PASSWORD}'`, "postgres");
    await inDb("sh", "-c", 'echo "local all all scram-sha-256" > "$PGDATA/pg_hba.conf"');
    await sql("SELECT pg_reload_conf()", "postgres");
  };

  const load = async () => {
    await sql("CREATE ROLE app_owner LOGIN PASSWORD 'role-password'", "postgres");
    await sql(
      "CREATE DATABASE app OWNER app_owner ENCODING 'UTF8' LOCALE 'C.UTF-8' TEMPLATE template0",
      "postgres",
    );
    await sql('CREATE DATABASE "Žluťoučký kůň"', "postgres");
    await sql("CREATE TABLE t (v int); INSERT INTO t VALUES (42)", "Žluťoučký kůň");
    await sql(`
      ALTER DATABASE app SET app.setting = 'kept'; COMMENT ON DATABASE app IS 'the app';
      CREATE TABLE odd (id serial PRIMARY KEY, text text, bytes bytea);
      INSERT INTO odd (text, bytes) SELECT 'žluť ' || chr(8364) || g, sha256(g::text::bytea) FROM generate_series(1, 5000) g;
      ALTER TABLE odd OWNER TO app_owner; SELECT setval('odd_id_seq', 7000);
      SELECT lo_from_bytea(4711, decode('00ff0a0d', 'hex') || repeat('x', 300000)::bytea);
      CREATE TABLE ledger (account int, amount int);`);
  };

  /** Adds what it takes elsewhere in the same transaction: the sum is always 0. */
  const write = () =>
    stack.compose(
      ...["exec", "-d", "--env", `PGPASSWORD=${PASSWORD}`, "db", "sh", "-c"],
      "while psql -XqU postgres -d app -c 'BEGIN; INSERT INTO ledger VALUES (1, 7); INSERT INTO ledger VALUES (2, -7); COMMIT'; do :; done",
    );
  const written = async () => Number(await sql("SELECT count(*) FROM ledger"));

  const facts = async (database = "app", service = "db") =>
    sql(
      `SELECT (SELECT md5(string_agg(odd::text, '|' ORDER BY id)) FROM odd), (SELECT last_value FROM odd_id_seq),
        (SELECT md5(lo_get(4711))), (SELECT tableowner FROM pg_tables WHERE tablename = 'odd')`,
      database,
      service,
    );
  const ofDatabase = () =>
    sql(`SELECT current_setting('app.setting'), shobj_description(oid, 'pg_database'), pg_get_userbyid(datdba), datcollate
      FROM pg_database WHERE datname = 'app'`);
  const role = () => sql("SELECT rolpassword FROM pg_authid WHERE rolname = 'app_owner'", "postgres");

  const databases = () =>
    sql(
      "SELECT string_agg(datname, ',' ORDER BY datname) FROM pg_database WHERE NOT datistemplate",
      "postgres",
    );

  it("is back after its volume is gone, as it was at one moment amid its writes", async () => {
    await write();
    await waitUntil("it is written to", async () => (await written()) > 20);
    const before = {
      facts: await facts(),
      ofDatabase: await ofDatabase(),
      role: await role(),
      rows: await written(),
    };
    const { outcome, reason, point } = await stack.backUp("app");
    expect(outcome, reason).toBe("succeeded");
    expect((await stack.points("app"))[0]?.dumps).toMatchObject([
      { object: "dump.pgdump.zst", database: "app", tables: 2, sequences: 1, largeObjects: 1 },
      { object: "roles.sql.zst" },
    ]);
    expect((await stack.holdfast("show", point)).stdout).toMatch(
      /dump\.pgdump\.zst +app +pg_dump, custom .* 2 tables/,
    );
    expect(await stack.holdfast("verify", "app")).toMatchObject({ exitCode: 0 });

    await stack.compose("rm", "--stop", "--force", "--volumes", "db");
    await docker(lab, "volume", "rm", `${stack.project}_db_data`);
    await stack.up();
    await lockDown();
    const { stderr } = await stack.restore("app", "--in-place");
    expect(stderr).not.toContain("warning");
    expect({ facts: await facts(), ofDatabase: await ofDatabase(), role: await role() }).toMatchObject({
      ...{ facts: before.facts, ofDatabase: before.ofDatabase, role: before.role },
    });
    expect(await written()).toBeGreaterThanOrEqual(before.rows);
    expect(await sql("SELECT sum(amount), count(*) % 2 FROM ledger")).toBe("0|0");
    expect(await databases()).toBe("app,postgres");
  });

  it("takes the place of what is there, of which a dump is kept that is restored only by its id", async () => {
    const before = await facts();
    await sql("DELETE FROM odd WHERE id > 10; CREATE TABLE extra (id int)");
    const damaged = await facts();
    const told = await stack.restore("app", "--in-place", "--json");
    const { safetyPoint } = JSON.parse(told.stdout) as { safetyPoint: string };
    expect(await facts()).toBe(before);
    expect(await sql("SELECT to_regclass('extra') IS NULL")).toBe("t");
    expect((await stack.holdfast("list", "app")).stdout).toMatch(
      new RegExp(`${safetyPoint}.*before a restore`),
    );
    await stack.restore("app", "--in-place", "--no-safety", "--point", safetyPoint);
    expect(await facts()).toBe(damaged);
    await stack.restore("app", "--in-place", "--no-safety");
    expect(await facts()).toBe(before);
    expect(await databases()).toBe("app,postgres");
  });

  it("goes into another database, to another server, and into a directory", async () => {
    const before = await facts();
    await stack.restore("app", "--database", "Other one");
    expect(await facts("Other one")).toBe(before);
    await stack.restore("app", "--service", "scratch");
    expect(await facts("app", "scratch")).toBe(before);
    await stack.restore("app", "--to", "/tmp/dump");
    expect(await inBackup("console.log(require('fs').readdirSync('/tmp/dump').join())")).toBe(
      "dump.pgdump,roles.sql\n",
    );
    await sql('DROP DATABASE "Other one"', "postgres");
  });

  it("is dumped as SQL, and brought back from it", async () => {
    const before = await facts();
    const { outcome, reason } = await stack.backUp("plain");
    expect(outcome, reason).toBe("succeeded");
    await sql("DROP TABLE odd");
    await stack.restore("plain", "--in-place", "--no-safety");
    expect(await facts()).toBe(before);
  });

  it("is dumped with every database, and brought back with each", async () => {
    await sql('CREATE DATABASE "Žluťoučký kůň"', "postgres");
    await sql("CREATE TABLE t (v int); INSERT INTO t VALUES (42)", "Žluťoučký kůň");
    const before = await facts();
    const { outcome, reason } = await stack.backUp("everything");
    expect(outcome, reason).toBe("succeeded");
    const [point] = await stack.points("everything");
    expect(point?.dumps?.map(({ database }) => database)).toEqual(
      ["Žluťoučký kůň", "app", "postgres", undefined].sort(),
    );
    await sql("DROP TABLE odd; DROP TABLE ledger");
    await sql('DROP DATABASE "Žluťoučký kůň"', "postgres");
    await stack.restore("everything", "--in-place", "--no-safety");
    expect(await facts()).toBe(before);
    expect(await sql("SELECT v FROM t", "Žluťoučký kůň")).toBe("42");
  });

  it("is the old or the new one when the sidecar is killed amid a restore, of which the next one leaves nothing", async () => {
    const before = await facts();
    await sql("UPDATE odd SET text = 'changed' WHERE id = 1");
    const changed = await facts();
    // Of another job, which may be at work on it.
    const other = "app_holdfast_new_ffffffffffff";
    await sql(`CREATE DATABASE ${other}`, "postgres");
    const restoring = stack.holdfast("restore", "app", "--in-place", "--yes", "--no-safety");
    await sql(
      `DO $$ BEGIN WHILE NOT EXISTS (SELECT FROM pg_database WHERE datname ~ '_holdfast_new_' AND datname <> '${other}')
        LOOP PERFORM pg_sleep(0.005); END LOOP; END $$`,
      "postgres",
    );
    await stack.compose("kill", "--signal", "KILL", "backup");
    await restoring;
    await waitUntil(
      "the app runs",
      async () => (await stack.compose("ps", "--format", "{{.Service}} {{.State}}")).includes("app running"),
      120_000,
    );
    expect([before, changed]).toContain(await facts());
    await stack.up();
    await stack.restore("app", "--in-place", "--no-safety");
    expect(await facts()).toBe(before);
    expect((await databases()).match(/\w+_holdfast_new_\w+/g)).toEqual([other]);
    for (const left of (await databases()).match(/\w+_holdfast_\w+/g) ?? [])
      await sql(`DROP DATABASE ${left}`, "postgres");
  });

  it("stays as it is when a restore cannot be carried out, and whoever depends on it runs", async () => {
    const before = await facts();
    const [point] = await stack.points("app");
    await inBackup(`const fs = require("fs"), path = "/archive/${stack.project}/app/${point?.id ?? ""}/dump.pgdump.zst";
      fs.chmodSync(path, 0o600); const file = fs.openSync(path, "r+"); const size = fs.fstatSync(file).size;
      fs.writeSync(file, Buffer.from([1, 2, 3, 4]), 0, 4, Math.floor(size / 2))`);
    const { exitCode, stderr } = await stack.holdfast(
      "restore",
      "app",
      "--in-place",
      "--yes",
      "--no-safety",
      "--point",
      point?.id ?? "",
    );
    expect(exitCode, stderr).toBe(1);
    expect(stderr).toContain("damaged");
    expect(await facts()).toBe(before);
    expect(await databases()).not.toContain("holdfast");
    expect((await stack.compose("ps", "--format", "{{.Service}} {{.State}}")).split("\n")).toContain(
      "app running",
    );
  });

  describe("with something wrong", () => {
    it.each([
      [
        "wrong",
        /Dumping database app of service db failed: psql ended with exit code 2 in service db: .*password authentication failed for user "postgres"/,
      ],
      [
        "unknown",
        /Dumping database nowhere of service db failed: psql ended with exit code 2 in service db: .*database "nowhere" does not exist/,
      ],
      ["toolless", /Dumping the database of service app failed: service app has no psql that can be run/],
    ])("fails in one sentence and leaves no point: %s", async (job, reason) => {
      const run = await stack.backUp(job);
      expect(run).toMatchObject({
        exitCode: 1,
        outcome: "failed",
        reason: expect.stringMatching(reason) as unknown,
      });
      expect(run.reason).not.toContain("wrong-password-here");
      expect(await stack.points(job)).toEqual([]);
    });

    it("fails while the server does not run", async () => {
      const before = (await stack.points("app")).length;
      await stack.compose("stop", "db");
      expect(await stack.backUp("app")).toMatchObject({
        outcome: "failed",
        reason: expect.stringMatching(/service db does not run: its container \S+-db-1 is exited/) as unknown,
      });
      await stack.up();
      expect((await stack.points("app")).length).toBe(before);
    });

    it("fails when it is empty and was not", async () => {
      await stack.restore(
        "app",
        "--in-place",
        "--no-safety",
        "--point",
        (await stack.points("app")).at(-1)?.id ?? "",
      );
      await sql("DROP DATABASE app", "postgres");
      await sql("CREATE DATABASE app", "postgres");
      expect(await stack.backUp("app")).toMatchObject({
        outcome: "failed",
        reason: expect.stringContaining("it is empty where it was not") as unknown,
      });
    });
  });

  it("is not told from its password anywhere, also not while it is dumped and restored", async () => {
    const seen = await commandLinesWhile(async () => {
      expect(await stack.backUp("everything")).toMatchObject({ exitCode: 0 });
      expect(await stack.backUp("wrong")).toMatchObject({ exitCode: 1 });
      await stack.restore("everything", "--in-place");
    });
    expect(seen).toMatch(/pg_(?:dump|restore)/);
    const page = await stack.url("backup", 9219);
    const read = async (path: string) => (await fetch(`${page}${path}`)).text();
    const shown = await Promise.all(["/", "/metrics", "/healthz", "/api/v1/status"].map(read));
    const all = [seen, ...shown, await inspected(lab, stack.project), await stack.everythingTold()].join(
      "\n",
    );
    expect(all).toContain("holdfast_build_info");
    for (const secret of [PASSWORD, "wrong-password-here", "role-password"])
      expect(all).not.toContain(secret);
  });

  it("has a command's output, given back to another command", async () => {
    const inApp = (script: string) => stack.exec("app", "sh", "-c", script);
    await inApp("(seq 100000; echo end) > /tmp/file");
    const { outcome, reason } = await stack.backUp("command");
    expect(outcome, reason).toBe("succeeded");
    const digest = await inApp("sha256sum /tmp/file; rm /tmp/file");
    await stack.restore("command", "--in-place", "--no-safety");
    expect(await inApp("sha256sum /tmp/file")).toBe(digest);
    await inApp("echo cut > /tmp/file");
    expect((await stack.backUp("command")).reason).toContain('it does not end with "end"');
    await inApp("rm /tmp/file");
    expect((await stack.backUp("command")).reason).toContain(
      "cat ended with exit code 1 in service app: cat: /tmp/file: No such file",
    );
  });
});

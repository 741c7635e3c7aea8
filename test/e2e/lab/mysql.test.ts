/** A MariaDB server that is written to, dumped, and loaded into another one by its own client. */
import { describe, expect, it } from "vitest";
import { waitUntil } from "../wait-until.ts";
import { describeInLab } from "./in-lab.ts";
import { ensureMariadbImage } from "./mariadb-image.ts";
import { IDLE, standUp, type StackPlan } from "./sidecar-stack.ts";

const PASSWORD = "correct-horse-battery";
const server = (of: object) => ({
  image: "mariadb:10.11",
  healthcheck: { test: ["CMD", "mariadb-admin", "ping"], interval: "3s", retries: 60 },
  ...of,
});
const SERVICES = {
  db: server({
    environment: { MARIADB_ROOT_PASSWORD_FILE: "/run/secrets/password", MARIADB_DATABASE: "app" },
    volumes: ["./password:/run/secrets/password:ro"],
  }),
  scratch: server({ volumes: ["restored:/restored"] }),
  app: IDLE,
};

const source = (of: object) => ({ kind: "mysql", service: "db", ...of });
const CONFIG = {
  defaults: { retry: { attempts: 1 } },
  jobs: {
    app: { source: source({}) },
    everything: { source: source({ all: true }) },
    wrong: { source: source({ user: "root", passwordFile: "/etc/holdfast/wrong" }) },
    unknown: { source: source({ database: "nowhere" }) },
    toolless: { source: source({ service: "app" }) },
  },
  stores: { local: { kind: "local", path: "/archive" } },
};

const PLAN: StackPlan = {
  ...{ services: SERVICES, config: CONFIG, mounts: ["restored:/restored"], prepare: ensureMariadbImage },
  files: { password: PASSWORD, "config/wrong": "wrong-password-here" },
};

describeInLab("MariaDB in a stack", (lab) => {
  const stack = standUp(lab, PLAN, () => load());

  const client = ["mariadb", "--batch", "--skip-column-names", "--default-character-set=utf8mb4"];
  const sql = async (query: string, { database = "app", service = "db" } = {}) => {
    const variables = { MYSQL_PWD: service === "db" ? PASSWORD : "" };
    const command = [...client, `--database=${database}`, `--execute=${query}`];
    return (await stack.execWith(variables, service, ...command)).trim();
  };
  const read = (file: string, database?: string) =>
    stack.exec(
      ...["scratch", "sh", "-c", 'exec mariadb --default-character-set=utf8mb4 $2 < "$1"'],
      ...["sh", file, ...(database === undefined ? [] : [`--database=${database}`])],
    );

  const load = async () => {
    await sql(`CREATE TABLE odd (id int PRIMARY KEY AUTO_INCREMENT, text varchar(50), bytes blob, at timestamp(6)) CHARACTER SET utf8mb4;
      INSERT INTO odd (text, bytes) SELECT concat('žluť € ', char(10), char(39), seq), unhex(sha2(seq, 256)) FROM seq_1_to_5000;
      CREATE TABLE ledger (account int, amount int);
      CREATE VIEW rich AS SELECT account FROM ledger WHERE amount > 0;
      CREATE FUNCTION twice(x int) RETURNS int DETERMINISTIC RETURN 2 * x;
      CREATE TRIGGER upper BEFORE INSERT ON odd FOR EACH ROW SET NEW.text = upper(NEW.text);
      CREATE EVENT daily ON SCHEDULE EVERY 1 DAY DO DELETE FROM ledger WHERE amount = 0;
      CREATE USER joe@localhost IDENTIFIED BY 'joes-password'; GRANT SELECT ON app.* TO joe@localhost;`);
    await sql("CREATE DATABASE `Žluťoučký kůň`; CREATE TABLE `Žluťoučký kůň`.t AS SELECT 42 AS v");
  };

  const written = async () => Number(await sql("SELECT count(*) FROM ledger"));
  /** Adds what it takes elsewhere in the same transaction: the sum is always 0. Gives what ends that. */
  const write = async () => {
    const loop =
      "while mariadb app --execute 'BEGIN; INSERT INTO ledger VALUES (1, 7); INSERT INTO ledger VALUES (2, -7); COMMIT'; do [ ! -e /tmp/enough ] || exit 0; done";
    await stack.compose("exec", "-d", "--env", `MYSQL_PWD=${PASSWORD}`, "db", "sh", "-c", loop);
    await waitUntil("it is written to", async () => (await written()) > 20);
    return () => stack.exec("db", "touch", "/tmp/enough");
  };
  const facts = (of: { database?: string; service?: string } = {}) =>
    sql(
      `SELECT count(*), md5(group_concat(md5(concat_ws('|', id, text, hex(bytes), at)) ORDER BY id)), twice(21) FROM odd;
       SHOW CREATE TABLE odd; SHOW CREATE VIEW rich; SHOW EVENTS LIKE 'none'; SELECT count(*) FROM information_schema.triggers WHERE trigger_schema = database();`.replaceAll(
        /\s+/g,
        " ",
      ),
      of,
    );

  it("is as it was at one moment amid its writes, in another server and database", async () => {
    const stopWriting = await write();
    const before = { facts: await facts(), rows: await written() };
    const { outcome, reason, point } = await stack.backUp("app");
    await stopWriting();
    expect(outcome, reason).toBe("succeeded");
    expect((await stack.points("app"))[0]?.dumps).toMatchObject([
      { object: "dump.sql.zst", database: "app", tables: 2, views: 1, routines: 1, triggers: 1, events: 1 },
      { object: "accounts.sql.zst" },
    ]);
    expect((await stack.holdfast("show", point)).stdout).toMatch(
      /Server +MariaDB 10\.11[^]*dump\.sql\.zst +app .* 2 tables/,
    );
    expect(await stack.holdfast("verify", "app")).toMatchObject({ exitCode: 0 });

    await stack.restore("app", "--to", "/restored/app");
    await sql("CREATE DATABASE other", { database: "mysql", service: "scratch" });
    await read("/restored/app/dump.sql", "other");
    expect(await facts({ database: "other", service: "scratch" })).toBe(
      before.facts.replaceAll("`app`", "`other`"),
    );
    const there = { database: "other", service: "scratch" };
    expect(
      await sql(
        "SELECT sum(amount), count(*) % 2, count(*) >= " + String(before.rows) + " FROM ledger",
        there,
      ),
    ).toBe("0\t0\t1");
  });

  it("is dumped with every database at once, and told of tables without transactions", async () => {
    await sql("CREATE TABLE counters (id int) ENGINE=MyISAM");
    const run = await stack.backUp("everything");
    expect(run, run.reason).toMatchObject({ outcome: "partial" });
    const [point] = await stack.points("everything");
    expect(point?.dumps).toMatchObject([{ databases: ["app", "Žluťoučký kůň"], tables: 4 }, {}]);
    const { stdout } = await stack.holdfast("show", point?.id ?? "");
    expect(stdout).toContain("databases app, Žluťoučký kůň");
    expect(stdout).toContain("1 tables of database app of service db know no transactions");
    await stack.restore("everything", "--to", "/restored/everything");
    await read("/restored/everything/dump.sql");
    expect(await sql("SELECT v FROM t", { database: "Žluťoučký kůň", service: "scratch" })).toBe("42");
    expect(await facts({ service: "scratch" })).toBe(await facts());
    // From then on root's password there is that of the server they are from.
    await read("/restored/everything/accounts.sql");
    const show = [...client, "--execute=SHOW GRANTS FOR joe@localhost"];
    const grants = await stack.execWith({ MYSQL_PWD: PASSWORD }, "scratch", ...show);
    expect(grants).toContain("GRANT SELECT ON `app`.* TO `joe`@`localhost`");
  });

  describe("with something wrong", () => {
    it.each([
      [
        "wrong",
        /Dumping the database of service db failed: mariadb ended with exit code 1 in service db: .*Access denied for user 'root'/,
      ],
      [
        "unknown",
        /Dumping database nowhere of service db failed: mariadb ended with exit code 1 in service db: .*Unknown database 'nowhere'/,
      ],
      [
        "toolless",
        /Dumping the database of service app failed: service app has no mariadb-dump or mysqldump that can be run/,
      ],
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

    it("fails when it is empty and was not", async () => {
      await sql("DROP DATABASE app; CREATE DATABASE app");
      const { outcome, reason } = await stack.backUp("app");
      expect([outcome, reason]).toEqual(["failed", expect.stringContaining("it is empty where it was not")]);
    });

    it("fails while the server does not run", async () => {
      await stack.compose("stop", "db");
      expect((await stack.backUp("app")).reason).toMatch(
        /service db does not run: its container \S+-db-1 is exited/,
      );
      expect(await stack.points("app")).toHaveLength(1);
    });
  });

  it("is not told from its password anywhere", async () => {
    const all = await stack.everythingTold();
    for (const secret of [PASSWORD, "wrong-password-here", "joes-password"])
      expect(all).not.toContain(secret);
  });
});

/** A MariaDB server that is restored in place: after its volume is gone, over what is there, and beside it. */
import { expect, it } from "vitest";
import { waitUntil } from "../wait-until.ts";
import { docker } from "./images.ts";
import { describeInLab } from "./in-lab.ts";
import { ensureMariadbImage } from "./mariadb-image.ts";
import { IDLE, standUp, type StackPlan } from "./sidecar-stack.ts";

const PASSWORD = "correct-horse-battery";
const server = (of: object) => ({
  image: "mariadb:10.11",
  healthcheck: { test: ["CMD", "mariadb-admin", "ping"], interval: "1s", retries: 60 },
  ...of,
});
const source = (of: object) => ({ source: { kind: "mysql", service: "db", ...of } });
const PLAN: StackPlan = {
  services: {
    db: server({
      environment: { MARIADB_ROOT_PASSWORD_FILE: "/run/secrets/password", MARIADB_DATABASE: "app" },
      volumes: ["db_data:/var/lib/mysql", "./password:/run/secrets/password:ro"],
    }),
    scratch: server({}),
    app: { ...IDLE, depends_on: { db: { condition: "service_started" } } },
  },
  config: {
    defaults: { retry: { attempts: 1 } },
    jobs: { app: source({}), everything: source({ all: true }) },
    stores: { local: { kind: "local", path: "/archive" } },
    guard: { after: "2s" },
  },
  ...{ prepare: ensureMariadbImage, files: { password: PASSWORD } },
};

describeInLab("MariaDB that is restored in place", (lab) => {
  const stack = standUp(lab, PLAN, () => load());
  const client = ["mariadb", "--batch", "--skip-column-names", "--default-character-set=utf8mb4"];
  const sql = async (query: string, { database = "app", service = "db" } = {}) => {
    const variables = { MYSQL_PWD: service === "db" ? PASSWORD : "" };
    const command = [...client, `--database=${database}`, `--execute=${query}`];
    return (await stack.execWith(variables, service, ...command)).trim();
  };

  const load = async () => {
    await sql(`CREATE TABLE odd (id int PRIMARY KEY AUTO_INCREMENT, text varchar(50), bytes blob, at timestamp(6), FULLTEXT (text)) CHARACTER SET utf8mb4;
      INSERT INTO odd (text, bytes) SELECT concat('žluť € ', char(10), char(39), seq), unhex(sha2(seq, 256)) FROM seq_1_to_5000;
      CREATE TABLE ledger (account int, amount int); CREATE SEQUENCE numbers; SELECT NEXTVAL(numbers);
      CREATE TABLE child (id int, CONSTRAINT of_odd FOREIGN KEY (id) REFERENCES odd (id)); INSERT INTO child VALUES (7);
      CREATE VIEW a_rich AS SELECT 1 AS account; CREATE VIEW rich AS SELECT account FROM ledger WHERE amount > 0; CREATE OR REPLACE VIEW a_rich AS SELECT * FROM rich;
      CREATE USER joe@localhost IDENTIFIED BY 'joes-password'; GRANT SELECT ON app.* TO joe@localhost;
      CREATE DEFINER = joe@localhost FUNCTION twice(x int) RETURNS int DETERMINISTIC SQL SECURITY INVOKER RETURN 2 * x;
      CREATE TRIGGER upper BEFORE INSERT ON odd FOR EACH ROW SET NEW.text = upper(NEW.text);
      CREATE EVENT daily ON SCHEDULE EVERY 1 DAY DO DELETE FROM ledger WHERE amount = 0;`);
    await sql("CREATE DATABASE `Žluťoučký kůň`; CREATE TABLE `Žluťoučký kůň`.t AS SELECT 42 AS v");
  };

  const CODE =
    "SHOW CREATE TABLE odd; SHOW CREATE TABLE child; SHOW CREATE VIEW a_rich; SHOW CREATE FUNCTION twice; SHOW CREATE TRIGGER upper; SHOW CREATE EVENT daily;";
  const facts = async (of: { database?: string; service?: string } = {}) =>
    [
      await sql(
        `SELECT count(*), md5(group_concat(md5(concat_ws('|', id, text, hex(bytes), at)) ORDER BY id)) FROM odd;
        SELECT (SELECT next_not_cached_value FROM numbers), (SELECT count(*) FROM child), twice(21); ${CODE}`,
        of,
      ),
    ]
      .join("\n")
      .replaceAll(/\d{4}-\d\d-\d\d \d\d:\d\d:\d\d\.\d+/g, "");
  const grants = () => sql("SHOW GRANTS FOR joe@localhost");
  const databases = () =>
    sql(
      "SELECT group_concat(schema_name ORDER BY schema_name) FROM information_schema.schemata WHERE schema_name LIKE '%app%' OR schema_name LIKE '%hold%'",
    );
  const written = async () => Number(await sql("SELECT count(*) FROM ledger"));
  /** Adds what it takes elsewhere in the same transaction: the sum is always 0. */
  const write = async () => {
    const loop =
      "while mariadb app --execute 'BEGIN; INSERT INTO ledger VALUES (1, 7); INSERT INTO ledger VALUES (2, -7); COMMIT'; do :; done";
    await stack.compose("exec", "-d", "--env", `MYSQL_PWD=${PASSWORD}`, "db", "sh", "-c", loop);
    await waitUntil("it is written to", async () => (await written()) > 20);
  };
  it("is back after its volume is gone, as it was at one moment amid its writes", async () => {
    await write();
    const before = { facts: await facts(), grants: await grants(), rows: await written() };
    for (const job of ["app", "everything"]) {
      const { outcome, reason } = await stack.backUp(job);
      expect(outcome, reason).toBe("succeeded");
    }
    await stack.compose("rm", "--stop", "--force", "--volumes", "db");
    await docker(lab, "volume", "rm", `${stack.project}_db_data`);
    await stack.up();
    const { stderr } = await stack.restore("app", "--in-place");
    expect(stderr).not.toContain("warning");
    expect({ facts: await facts(), grants: await grants() }).toEqual({
      facts: before.facts,
      grants: before.grants,
    });
    expect(await written()).toBeGreaterThanOrEqual(before.rows);
    expect(await sql("SELECT sum(amount), count(*) % 2 FROM ledger")).toBe("0\t0");
    await stack.restore("everything", "--in-place", "--no-safety");
    expect(await facts()).toBe(before.facts);
    expect(await sql("SELECT v FROM t", { database: "Žluťoučký kůň" })).toBe("42");
    expect(await databases()).toBe("app");
  });

  it("takes the place of what is there, of which a dump is kept that is restored only by its id", async () => {
    const before = await facts();
    await sql(`DELETE FROM child; DELETE FROM odd WHERE id > 10; DROP EVENT daily; CREATE EVENT other ON SCHEDULE EVERY 1 HOUR DO DO 1;
      CREATE TABLE extra (id int); CREATE VIEW of_extra AS SELECT * FROM extra; CREATE DATABASE app_holdfast_new_ffffffffffff`);
    const told = await stack.restore("app", "--in-place", "--json");
    const { safetyPoint } = JSON.parse(told.stdout) as { safetyPoint: string };
    expect(await facts()).toBe(before);
    const others = "SELECT count(*) FROM information_schema.tables WHERE table_name LIKE '%extra'";
    expect(await sql(`${others}; SELECT event_name FROM information_schema.events`)).toBe("0\ndaily");
    await stack.restore("app", "--in-place", "--no-safety", "--point", safetyPoint);
    expect(await sql(`${others}; SELECT event_name FROM information_schema.events`)).toBe("2\nother");
    await stack.restore("app", "--in-place", "--no-safety");
    expect(await facts()).toBe(before);
    // Of another job that may be at work.
    expect(await databases()).toBe("app,app_holdfast_new_ffffffffffff");
    await sql("DROP DATABASE app_holdfast_new_ffffffffffff");
  });

  it("goes into another database, and to another server", async () => {
    const before = await facts();
    await stack.restore("app", "--database", "Other one");
    expect(await facts({ database: "Other one" })).toBe(before.replaceAll("`app`", "`Other one`"));
    await sql("DROP DATABASE `Other one`");
    await stack.restore("everything", "--service", "scratch");
    expect(await facts({ service: "scratch" })).toBe(before);
  });
});

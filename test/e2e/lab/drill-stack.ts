/** The stack that drills are tested on: an application's volume, and servers of three kinds, each with a job and checks of its own. */
import { mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { ensureDatabaseImages } from "./database-images.ts";
import { docker } from "./images.ts";
import type { Lab } from "./lab.ts";
import { ensureMariadbImage } from "./mariadb-image.ts";
import { IDLE, type SidecarStack, type StackPlan } from "./sidecar-stack.ts";

const ping = (...test: string[]) => ({ test: ["CMD", ...test], interval: "1s", retries: 60 });

/** Whom the command runs as, what it sees, and what it may; it takes long where the application wants that. */
const LOOK =
  "cd /var/lib/app && grep -q secret private && test -L link && ! touch new 2>/dev/null && ! grep -q eth /proc/net/dev && if test -e slow; then sleep 600; fi";

export const DRILL_CHECKS = {
  data: [{ files: ["sub/deep"] }, { json: ["config.json"] }, { command: LOOK, timeout: "1h" }],
  db: [
    { query: "SELECT count(*) FROM orders WHERE at > now() - interval '7 days'", atLeast: 2 },
    { query: "SELECT name FROM orders ORDER BY name LIMIT 1", expect: "apples" },
  ],
  shop: [
    { query: "SELECT count(*) FROM orders WHERE amount > 0", atLeast: 1000 },
    { query: "SELECT name, amount FROM orders ORDER BY id LIMIT 1", expect: "žluť 1\t1" },
  ],
  cache: [
    { query: "GET greeting", expect: "žluť €" },
    { query: "LLEN queue", atLeast: 3 },
    { query: "HGET user:7 name", database: "3", expect: "Ada" },
  ],
};
const SOURCES = {
  data: { kind: "volume", volume: "app_data" },
  db: { kind: "postgres", service: "db", database: "shop" },
  shop: { kind: "mysql", service: "shop", database: "shop" },
  cache: { kind: "redis", service: "cache" },
};
export type DrillJob = keyof typeof SOURCES;
export const DRILL_JOBS = Object.keys(SOURCES) as DrillJob[];

/** The application's volume is mounted in the application only. */
export const drillPlan = (drill: object = {}): StackPlan => ({
  services: {
    app: { ...IDLE, volumes: ["app_data:/var/lib/app"] },
    db: {
      ...{ image: "postgres:15", volumes: ["db_data:/var/lib/postgresql/data"] },
      healthcheck: ping("pg_isready", "-U", "postgres"),
    },
    shop: {
      ...{ image: "mariadb:10.11", volumes: ["shop_data:/var/lib/mysql"] },
      environment: { MARIADB_ROOT_PASSWORD: PASSWORD, MARIADB_DATABASE: "shop" },
      healthcheck: ping("mariadb-admin", "ping"),
    },
    cache: {
      image: REDIS_WITH_VOLUME,
      command: ["redis-server", "--requirepass", PASSWORD, "--save", ""],
      environment: { REDIS_PASSWORD: PASSWORD },
      healthcheck: ping("redis-cli", "ping"),
    },
  },
  config: {
    stores: { local: { kind: "local", path: "/archive" } },
    defaults: { stores: ["local"], retry: { attempts: 1 } },
    keepConfig: false,
    jobs: Object.fromEntries(
      DRILL_JOBS.map((job) => [
        job,
        { source: SOURCES[job], drill: { ...drill, checks: DRILL_CHECKS[job] } },
      ]),
    ),
  },
  prepare: async (lab: Lab, scratch: string) => {
    await ensureDatabaseImages(lab, scratch);
    await ensureMariadbImage(lab, scratch);
    await ensureRedisWithVolume(lab, scratch);
  },
});

/** With its data in a volume of its own, as Redis' own image has it. */
export const REDIS_WITH_VOLUME = "holdfast-drill-redis:7";

export async function ensureRedisWithVolume(lab: Lab, scratch: string): Promise<void> {
  const context = join(scratch, "redis");
  await mkdir(context);
  await writeFile(join(context, "Dockerfile"), `FROM redis:7\nRUN mkdir -p /data\nVOLUME /data\n`);
  await docker(lab, "build", "--quiet", "--tag", REDIS_WITH_VOLUME, context);
}

const PASSWORD = "correct-horse-battery";

/** What asks each of the stack's own services, with what they hold from the beginning. */
export function servicesOf(stack: SidecarStack) {
  const inApp = (script: string) => stack.exec("app", "sh", "-c", `cd /var/lib/app && ${script}`);
  const inDb = (sql: string, database = "shop") =>
    stack.exec("db", "psql", "-qU", "postgres", "-d", database, "-c", sql);
  const inShop = (sql: string) =>
    stack.execWith(
      { MYSQL_PWD: PASSWORD },
      "shop",
      "mariadb",
      "--default-character-set=utf8mb4",
      "shop",
      "--execute",
      sql,
    );
  const inCache = (...command: string[]) =>
    stack.execWith({ REDISCLI_AUTH: PASSWORD }, "cache", "redis-cli", ...command);
  return {
    ...{ inApp, inDb, inShop, inCache },
    load: async () => {
      await inApp(
        `mkdir sub && touch sub/deep && echo secret > private && ln -s private link && echo '{}' > config.json && chown 1000:1000 private sub && chmod 600 private && chmod 700 sub`,
      );
      await inDb("CREATE DATABASE shop", "postgres");
      await inDb("CREATE ROLE clerk; CREATE TABLE orders (name text, at timestamptz DEFAULT now())");
      await inDb("ALTER TABLE orders OWNER TO clerk; INSERT INTO orders VALUES ('apples'), ('pears')");
      await inDb("CREATE VIEW fresh AS SELECT * FROM orders; CREATE TABLE empty (id serial)");
      await inShop(`CREATE TABLE orders (id int PRIMARY KEY AUTO_INCREMENT, name varchar(50), amount int) CHARACTER SET utf8mb4;
        INSERT INTO orders (name, amount) SELECT concat('žluť ', seq), seq FROM seq_1_to_5000; CREATE SEQUENCE numbers;
        CREATE VIEW rich AS SELECT * FROM orders WHERE amount > 10; CREATE TRIGGER up BEFORE INSERT ON orders FOR EACH ROW SET NEW.amount = NEW.amount + 1`);
      await inCache("EVAL", KEYS, "0");
    },
  };
}

/** Of every type, some that expire in a second, and some that do in a year. */
const KEYS = `local call = redis.call
  call('SET', 'greeting', 'žluť €') call('RPUSH', 'queue', 'a', 'b', 'c') call('SADD', 'set', 'x', 'y') call('SADD', 'ints', 1, 2)
  call('XADD', 'log', '*', 'k', 'v') call('XGROUP', 'CREATE', 'log', 'readers', '0') call('XREADGROUP', 'GROUP', 'readers', 'one', 'STREAMS', 'log', '>')
  for i = 1, 600 do call('HSET', 'hash', 'f' .. i, string.rep('x', i)) call('ZADD', 'sorted', i / 3, 'm' .. i) call('RPUSH', 'long', string.rep('y', i)) end
  for i = 1, 50 do call('SET', 'passing:' .. i, i, 'PX', 1000) call('SET', 'lasting:' .. i, string.rep('z', 5000), 'EX', 31536000) end
  call('SELECT', 3) call('HSET', 'user:7', 'name', 'Ada') return 1`;

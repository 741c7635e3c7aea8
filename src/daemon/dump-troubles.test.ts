/** Each trouble of each kind of server: a failed run with one sentence, an alert, no new point, and every earlier one still there. */
import { randomUUID } from "node:crypto";
import { mkdirSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { keysOf } from "../../test/contract/bytes.ts";
import { appWorkshop, testJob } from "../../test/fakes/app-workshop.ts";
import { MemoryEngine } from "../../test/fakes/memory-engine.ts";
import { TROUBLES, WELL, type ServerKind } from "../../test/fakes/server-tools.ts";
import { jobStatus, stackStatus } from "../../test/fakes/status-fixture.ts";
import { temporaryDirectory } from "../../test/fakes/temporary-directory.ts";
import { problemsOf } from "../app/alert-conditions.ts";
import { backupJob } from "../app/backup-job.ts";
import { MINUTE } from "../domain/instant.ts";
import type { ExecRequest } from "../ports/container-runtime.ts";
import { CommandOptions } from "../sources/command/options.ts";
import { MongodbOptions } from "../sources/mongodb/options.ts";
import { MysqlOptions } from "../sources/mysql/options.ts";
import { PostgresOptions } from "../sources/postgres/options.ts";
import { RedisOptions } from "../sources/redis/options.ts";
import { createDump } from "./compose-dumps.ts";

const OPTIONS = {
  ...{ postgres: PostgresOptions, mysql: MysqlOptions, redis: RedisOptions },
  ...{ mongodb: MongodbOptions, command: CommandOptions },
};

/** What a container has besides: commands are found in it and nowhere else. */
const BASE = ["sh", "cat", "sed", "tr", "grep", "head"];

class ServerContainer extends MemoryEngine {
  readonly #root = temporaryDirectory();
  readonly #dump = join(this.#root, "dump");

  constructor(kind: ServerKind) {
    super();
    const { tools, dump } = WELL[kind];
    mkdirSync(join(this.#root, "bin"));
    for (const name of BASE) symlinkSync(`/bin/${name}`, join(this.#root, "bin", name));
    this.install(tools);
    this.holds(dump);
    this.addService({ service: "db" });
  }

  install(tools: Readonly<Record<string, string | undefined>>): void {
    for (const [name, script] of Object.entries(tools)) {
      const path = join(this.#root, "bin", name);
      rmSync(path, { force: true });
      if (script !== undefined) writeFileSync(path, `#!/bin/sh\n${script}\n`, { mode: 0o755 });
    }
  }

  holds(dump: Uint8Array): void {
    writeFileSync(this.#dump, dump);
  }

  override exec(id: string, request: ExecRequest, signal: AbortSignal) {
    const env = { ...request.env, PATH: join(this.#root, "bin"), DUMP: this.#dump };
    return super.exec(id, { ...request, env }, signal);
  }
}

/** A job that keeps one point, of which the container has just made one. */
async function backedUp(kind: ServerKind) {
  const shop = appWorkshop();
  const engine = new ServerContainer(kind);
  const options = OPTIONS[kind].parse({ kind, service: "db", ...WELL[kind].options });
  // The tools are processes of this machine, on which others run tests: no run may end another one's tools.
  const context = { runtime: engine, clock: shop.clock, project: "stack", job: randomUUID() };
  const source = createDump(options, context);
  const job = testJob({ sourceKind: kind, retention: { last: 1 } });
  const backUp = async () => {
    const { signal } = new AbortController();
    const { run } = await backupJob(shop.context, {
      ...{ job, source, stores: shop.stores, trigger: "schedule", signal },
    });
    await shop.clock.advance(MINUTE);
    return run;
  };
  const first = await backUp();
  expect(first, first.reason).toMatchObject({ outcome: "succeeded" });
  const kept = await keysOf(shop.store);
  expect(kept.filter((key) => key.endsWith("recovery-point.json"))).toHaveLength(1);

  /** What is wrong is told; nothing that was there is gone, and nothing is there that was not. */
  const expectFailure = async (reason: string) => {
    const run = await backUp();
    // Shells differ in how they say that something is not there.
    const said = run.reason?.replace(/: sh: [^;]*not found/, "").replace(/holds \d+/, "holds N");
    expect(said).toBe(reason);
    expect(run).toMatchObject({ outcome: "failed", stores: [] });
    expect(await keysOf(shop.store)).toEqual(kept);
    const problems = problemsOf(stackStatus({ jobs: [jobStatus({ lastRun: run, recentRuns: [run] })] }));
    expect(problems.map(({ condition, detail }) => `${condition}: ${detail}`).join()).toContain(run.reason);
  };
  return { engine, expectFailure };
}

describe.each(Object.keys(WELL) as ServerKind[])("a dump of kind %s", (kind) => {
  it.each(TROUBLES.filter((trouble) => trouble.kind === kind))("fails of $name", async ({ name, tools }) => {
    const { engine, expectFailure } = await backedUp(kind);
    engine.install(tools);
    await expectFailure(`Dumping ${SAID[kind]?.[name]}.`);
  });

  it("fails of a server that is empty and was not", async () => {
    const { engine, expectFailure } = await backedUp(kind);
    engine.holds(WELL[kind].emptyDump);
    await expectFailure(
      kind === "command"
        ? "Dumping the output of the command of service db failed: the command in service db ended well, but wrote nothing."
        : "Dumping service db failed: it is empty where it was not: the last recovery point holds N tables or the like; look whether the server lost its volume; if it is meant to be empty, set `allowEmpty: true` in its source.",
    );
  });

  it("fails of a container that does not run", async () => {
    const { engine, expectFailure } = await backedUp(kind);
    const [container] = await engine.containers({ service: "db" });
    engine.setState(container?.id ?? "", "exited");
    await expectFailure(
      "Dumping service db failed: service db does not run: its container stack-db-1 is exited; start it (`docker compose up -d db`).",
    );
  });
});

const SAID: Readonly<Record<string, Readonly<Record<string, string>>>> = {
  postgres: {
    "a wrong password":
      'database app of service db failed: psql ended with exit code 2 in service db: psql: error: connection to server on socket "/var/run/postgresql/.s.PGSQL.5432" failed: FATAL: password authentication failed for user "app"; check the user and the password: of the container\'s variables, or `user` and `passwordFile` in its source',
    "an unknown database":
      'database app of service db failed: psql ended with exit code 2 in service db: psql: error: connection to server on socket "/var/run/postgresql/.s.PGSQL.5432" failed: FATAL: database "app" does not exist; check `database` in its source',
    "a server that does not listen":
      'database app of service db failed: psql ended with exit code 2 in service db: psql: error: connection to server on socket "/var/run/postgresql/.s.PGSQL.5432" failed: No such file or directory; look into the log of service db',
    "a server that is killed in the middle":
      'database app of service db failed: pg_dump ended with exit code 1 in service db: pg_dump: error: Dumping the contents of table "t" failed: PQgetResult() failed; look into the log of service db',
    "a disk that is full":
      'database app of service db failed: pg_dump ended with exit code 1 in service db: pg_dump: error: query failed: ERROR: could not write to file "base/pgsql_tmp/pgsql_tmp7.0": No space left on device; make room on the disk of service db',
    "no tool":
      "database app of service db failed: service db has no psql that can be run; use an image that has psql",
  },
  mysql: {
    "a wrong password":
      "database app of service db failed: mariadb ended with exit code 1 in service db: ERROR 1045 (28000): Access denied for user 'root'@'localhost' (using password: YES); check the user and the password: of the container's variables, or `user` and `passwordFile` in its source",
    "an unknown database":
      "database app of service db failed: mariadb ended with exit code 1 in service db: ERROR 1049 (42000): Unknown database 'app'; check `database` in its source",
    "a server that does not listen":
      "database app of service db failed: mariadb ended with exit code 1 in service db: ERROR 2002 (HY000): Can't connect to local server through socket '/run/mysqld/mysqld.sock' (2); look into the log of service db",
    "a server that is killed in the middle":
      "database app of service db failed: mariadb-dump ended with exit code 3 in service db: mariadb-dump: Error 2013: Lost connection to server during query when dumping table `t` at row: 1; look into the log of service db",
    "a disk that is full":
      "database app of service db failed: mariadb-dump ended with exit code 2 in service db: mariadb-dump: Couldn't execute 'SHOW FIELDS FROM `t`': Error writing file '/tmp/MY2Fd' (Errcode: 28 \"No space left on device\") (3); make room on the disk of service db",
    "no tool":
      "database app of service db failed: service db has no mariadb-dump or mysqldump that can be run; use an image that has mariadb-dump or mysqldump",
  },
  redis: {
    "a wrong password":
      "the keys of service db failed: redis-cli ended with exit code 1 in service db: AUTH failed: WRONGPASS invalid username-password pair or user is disabled; check the user and the password: of the container's variables, or `user` and `passwordFile` in its source",
    "a server that does not listen":
      "the keys of service db failed: redis-cli ended with exit code 1 in service db: Could not connect to Redis at 127.0.0.1:6379: Connection refused; look into the log of service db",
    "a server that is killed in the middle":
      "the keys of service db failed: redis-cli ended with exit code 1 in service db: I/O Error reading RDB payload from socket; look into the log of service db",
    "a disk that is full":
      "the keys of service db failed: redis-cli ended with exit code 1 in service db: BGSAVE failed: the server's log tells why; look into the log of service db",
    "no tool":
      "the keys of service db failed: service db has no redis-cli that can be run; use an image that has redis-cli",
  },
  mongodb: {
    "a wrong password":
      "all databases of service db failed: mongodump ended with exit code 1 in service db: Failed: can't create session: connection() error occurred during connection handshake: auth error: sasl conversation error: unable to authenticate using mechanism \"SCRAM-SHA-256\": (AuthenticationFailed) Authentication failed; check the user and the password: of the container's variables, or `user` and `passwordFile` in its source",
    "a server that does not listen":
      "all databases of service db failed: mongodump ended with exit code 1 in service db: Failed: can't create session: failed to connect to mongodb://localhost/: server selection error: server selection timeout, current topology: { Type: Single, Servers: [{ Addr: localhost:27017, Type: Unknown, Last error: dial tcp 127.0.0.1:27017: connect: connection refused }, ] }; look into the log of service db",
    "a server that is killed in the middle":
      "all databases of service db failed: mongodump ended with exit code 1 in service db: Failed: error writing data for collection `shop.orders` to disk: error reading collection: connection(localhost:27017[-4]) incomplete read of message header: EOF; look into the log of service db",
    "a disk that is full":
      "all databases of service db failed: mongodump ended with exit code 1 in service db: Failed: error dumping metadata: (OutOfDiskSpace) No space left on device; make room on the disk of service db",
    "no tool":
      "all databases of service db failed: service db has no mongodump that can be run; use an image that has mongodump",
  },
  command: {
    "a failure":
      "the output of the command of service db failed: the command ended with exit code 3 in service db: dumper: access denied",
    "a kill":
      "the output of the command of service db failed: the command ended with exit code 137 (killed by signal 9) in service db",
    "a disk that is full":
      "the output of the command of service db failed: the command ended with exit code 1 in service db: dumper: /tmp/x: No space left on device; make room on the disk of service db",
    "no tool":
      "the output of the command of service db failed: service db lacks what the command runs; use an image that has it",
  },
};

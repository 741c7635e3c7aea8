/** `kind: mongodb` with a stand-in for mongodump, since there is no MongoDB here: it takes its password as that does, and writes its framing. */
import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { mongodumpArchive } from "../../fakes/mongodump-archive.ts";
import { describeInLab } from "./in-lab.ts";
import { IDLE, standUp, type StackPlan } from "./sidecar-stack.ts";

const PASSWORD = "correct 'horse' #battery";
const SERVICES = {
  mongo: {
    ...IDLE,
    environment: {
      MONGO_INITDB_ROOT_USERNAME: "root",
      MONGO_INITDB_ROOT_PASSWORD_FILE: "/run/secrets/password",
    },
    volumes: [
      "./password:/run/secrets/password:ro",
      ...["mongodump", "mongosh"].map((name) => `./bin/${name}:/usr/local/bin/${name}:ro`),
      "./data:/data:ro",
    ],
  },
  app: IDLE,
};

/** What it is told by its command line and its settings decides what it writes. */
const MONGODUMP = `#!/bin/sh
settings=; config=; file=all
for option; do case $option in
  --config=*) config=$(cat "\${option#--config=}") ;;
  --db=*) file=\${option#--db=} ;;
  *) settings="$settings $option" ;;
esac; done
echo "$settings" >&2
if [ "$config" != "password: 'correct ''horse'' #battery'" ]; then
  echo "Failed: can't create session: connection() error occurred during connection handshake: auth error: (AuthenticationFailed) Authentication failed." >&2
  exit 1
fi
case $settings in *--username=root*--authenticationDatabase=admin*) ;; *) echo "Failed: no user" >&2; exit 1 ;; esac
if [ "$file" = all ]; then case $settings in *--oplog*) ;; *) echo "Failed: no oplog" >&2; exit 1 ;; esac; fi
if [ -e "/data/$file" ]; then cat "/data/$file"; else cat /data/empty; fi
`;
const MONGOSH = `#!/bin/sh
echo set=rs0
`;

const ALL = mongodumpArchive({
  collections: [
    { db: "shop", name: "orders", documents: Array.from({ length: 5000 }, (_, at) => `order žluť ${at}`) },
    { db: "admin", name: "system.version", documents: ["x"] },
    { db: "", name: "oplog" },
  ],
});
const source = (of: object) => ({ kind: "mongodb", service: "mongo", ...of });
const CONFIG = {
  defaults: { retry: { attempts: 1 } },
  jobs: {
    all: { source: source({}) },
    cut: { source: source({ database: "cut" }) },
    unknown: { source: source({ database: "nowhere" }) },
    wrong: { source: source({ user: "root", passwordFile: "/etc/holdfast/wrong" }) },
    toolless: { source: source({ service: "app" }) },
  },
  stores: { local: { kind: "local", path: "/archive" } },
};

const PLAN: StackPlan = {
  ...{ services: SERVICES, config: CONFIG },
  files: {
    ...{ password: PASSWORD, "config/wrong": "wrong-password-here" },
    ...{ "bin/mongodump": MONGODUMP, "bin/mongosh": MONGOSH },
    ...{ "data/all": ALL, "data/cut": ALL.subarray(0, 5000), "data/empty": mongodumpArchive() },
  },
  programs: ["bin/mongodump", "bin/mongosh"],
};

describeInLab("MongoDB in a stack", (lab) => {
  const stack = standUp(lab, PLAN);

  it("is dumped with its oplog, and given back as it was written", async () => {
    const { outcome, reason } = await stack.backUp("all");
    expect(outcome, reason).toBe("succeeded");
    expect((await stack.points("all"))[0]?.dumps).toMatchObject([
      {
        object: "dump.archive.zst",
        collections: 3,
        documents: 5001,
        server: "7.0.14",
        oplog: "yes",
        objects: 1,
      },
    ]);
    await stack.restore("all", "--to", "/tmp/dump");
    const text = await stack.exec("backup", "base64", "-w0", "/tmp/dump/dump.archive");
    expect(text).toBe(ALL.toString("base64"));
  });

  describe("with something wrong", () => {
    it.each([
      [
        "cut",
        /Dumping database cut of service mongo failed: what was written is no whole dump: it ends within a block/,
      ],
      [
        "unknown",
        /Dumping database nowhere of service mongo failed: what was written is no whole dump: it holds no collection/,
      ],
      [
        "wrong",
        /Dumping all databases of service mongo failed: mongodump ended with exit code 1 in service mongo: Failed: .*Authentication failed/,
      ],
      [
        "toolless",
        /Dumping all databases of service app failed: service app has no mongodump that can be run/,
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
      await writeFile(
        join(stack.directory, "data/all"),
        mongodumpArchive({ collections: [{ db: "admin", name: "system.version" }] }),
      );
      const { outcome, reason } = await stack.backUp("all");
      expect([outcome, reason]).toEqual(["failed", expect.stringContaining("it is empty where it was not")]);
    });
  });
});

/** `kind: mongodb` with a stand-in for mongodump, since there is no MongoDB here: it takes its password as that does, and writes its framing. */
import { mkdir, mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { mongodumpArchive } from "../../fakes/mongodump-archive.ts";
import { ComposeStack } from "./compose-stack.ts";
import { describeInLab } from "./in-lab.ts";

const PASSWORD = "correct 'horse' #battery";
const COMPOSE = `
services:
  mongo:
    image: debian:bookworm-slim
    init: true
    command: [sleep, infinity]
    environment: { MONGO_INITDB_ROOT_USERNAME: root, MONGO_INITDB_ROOT_PASSWORD_FILE: /run/secrets/password }
    volumes: ["./password:/run/secrets/password:ro", "./bin/mongodump:/usr/local/bin/mongodump:ro", "./bin/mongosh:/usr/local/bin/mongosh:ro", "./data:/data:ro"]
  app: { image: "debian:bookworm-slim", init: true, command: [sleep, infinity] }
  backup:
    image: \${HOLDFAST_IMAGE}
    init: true
    read_only: true
    cap_drop: [ALL]
    cap_add: [DAC_READ_SEARCH]
    security_opt: ["no-new-privileges:true"]
    tmpfs: [/tmp]
    volumes:
      - ./config:/etc/holdfast:ro
      - archive:/archive
      - state:/var/lib/holdfast
      - \${ENGINE_SOCKET}:/var/run/docker.sock
volumes: { archive: , state: }
`;

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

describeInLab("MongoDB in a stack", (lab) => {
  let directory: string;
  let stack: ComposeStack;

  beforeAll(async () => {
    directory = await mkdtemp(join(tmpdir(), "holdfast-"));
    for (const name of ["config", "bin", "data"]) await mkdir(join(directory, name));
    await writeFile(join(directory, "password"), PASSWORD);
    await writeFile(join(directory, "config/wrong"), "wrong-password-here");
    await writeFile(join(directory, "config/holdfast.yml"), JSON.stringify(CONFIG));
    await writeFile(join(directory, "compose.yml"), COMPOSE);
    await writeFile(join(directory, "bin/mongodump"), MONGODUMP, { mode: 0o755 });
    await writeFile(join(directory, "bin/mongosh"), MONGOSH, { mode: 0o755 });
    await writeFile(join(directory, "data/all"), ALL);
    await writeFile(join(directory, "data/cut"), ALL.subarray(0, 5000));
    await writeFile(join(directory, "data/empty"), mongodumpArchive());
    const env = { ENGINE_SOCKET: lab.host.slice("unix://".length) };
    stack = new ComposeStack(lab, { files: [join(directory, "compose.yml")], env });
    await stack.up();
  });

  afterAll(async () => {
    await stack.remove();
    await rm(directory, { recursive: true, force: true });
  });

  const backUp = async (job: string) => {
    const { stdout, stderr, exitCode } = await stack.holdfast("backup", job, "--json");
    const { runs } = JSON.parse(stdout) as { runs: { point: string; outcome: string; reason: string }[] };
    return { ...(runs[0] ?? { point: "", outcome: "none", reason: "" }), exitCode, stderr };
  };
  const points = async (job: string) => {
    const { stdout } = await stack.holdfast("list", job, "--json");
    return (JSON.parse(stdout) as { points: { id: string; dumps?: Record<string, unknown>[] }[] }).points;
  };

  it("is dumped with its oplog, and given back as it was written", async () => {
    const { outcome, reason } = await backUp("all");
    expect(outcome, reason).toBe("succeeded");
    expect((await points("all"))[0]?.dumps).toMatchObject([
      {
        object: "dump.archive.zst",
        collections: 3,
        documents: 5001,
        server: "7.0.14",
        oplog: "yes",
        objects: 1,
      },
    ]);
    const end = await stack.holdfast("restore", "all", "--to", "/tmp/dump");
    expect(end, end.stderr).toMatchObject({ exitCode: 0 });
    const text = await stack.compose("exec", "-T", "backup", "base64", "-w0", "/tmp/dump/dump.archive");
    expect(text).toBe((await readFile(join(directory, "data/all"))).toString("base64"));
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
      const run = await backUp(job);
      expect(run).toMatchObject({
        exitCode: 1,
        outcome: "failed",
        reason: expect.stringMatching(reason) as unknown,
      });
      expect(run.reason).not.toContain("wrong-password-here");
      expect(await points(job)).toEqual([]);
    });

    it("fails when it is empty and was not", async () => {
      await writeFile(
        join(directory, "data/all"),
        mongodumpArchive({ collections: [{ db: "admin", name: "system.version" }] }),
      );
      const { outcome, reason } = await backUp("all");
      expect([outcome, reason]).toEqual(["failed", expect.stringContaining("it is empty where it was not")]);
    });
  });
});

import { describe, expect, it } from "vitest";
import { loadYaml, type Surroundings } from "../../test/fakes/config-files.ts";
import { ConfigError, problemLine } from "./config-error.ts";

const JOB = "jobs: { data: { source: { kind: volume, path: /source/data } } }\n";

async function mistakesIn(yaml: string, surroundings?: Surroundings): Promise<string[]> {
  const error = await loadYaml(yaml, surroundings).then(
    () => undefined,
    (thrown: unknown) => thrown,
  );
  if (error === undefined) return [];
  if (!(error instanceof ConfigError)) throw error as Error;
  return error.problems.map(problemLine);
}

const TEN_MISTAKES = `
timezone: Europe/Pragu
concurency: 2
stores:
  local: { kind: locl, path: /archive }
jobs:
  data:
    source: { kind: volume, path: data, exlude: [tmp] }
    schedule: "0 3 * *"
    stores: [offsite]
    retention: { daily: lots }
  Users:
    source: { kind: volume, path: /source/users }
alerts:
  channels:
    slack: { kind: slack, url: "\${SLACK_WEBHOOK_URL}" }
`;

describe("a config with mistakes", () => {
  it("reports every one of them at once, each on its line with what was expected and what stood there", async () => {
    const lines = await mistakesIn(TEN_MISTAKES);
    expect(lines).toHaveLength(10);
    expect(lines).toEqual([
      'timezone (line 2): expected an IANA time zone such as UTC or Europe/Prague, got "Europe/Pragu"; did you mean "Europe/Prague"?',
      expect.stringMatching(
        /^concurency \(line 3\): expected one of the keys .*, got "concurency"; did you mean "concurrency"\?$/,
      ),
      expect.stringMatching(
        /^stores\.local\.kind \(line 5\): expected one of local, .*, got "locl"; did you mean "local"\?$/,
      ),
      'jobs.data.source.path (line 8): expected an absolute path such as /source/data, got "data"',
      'jobs.data.source.exlude (line 8): expected one of the keys kind, path, volume, include, exclude, oneFileSystem, modifiedWithin, embeddedDatabases, got "exlude"; did you mean "exclude"?',
      'jobs.data.schedule (line 9): expected 5 or 6 cron fields such as "0 3 * * *", a name such as @daily, or manual, got "0 3 * *" (it has 4 fields)',
      'jobs.data.stores[0] (line 10): expected the store local, got "offsite"',
      'jobs.data.retention.daily (line 11): expected a whole number, 0 for none or -1 for ever, got "lots"',
      'jobs.Users (line 12): expected a job name of up to 63 lowercase letters, digits, _, . and -, got "Users"',
      "alerts.channels.slack.url (line 16): expected the variable SLACK_WEBHOOK_URL or SLACK_WEBHOOK_URL_FILE to be set, got neither; or write ${SLACK_WEBHOOK_URL:-default}",
    ]);
  });

  it("is refused with a message that starts with how many there are in which file, a line for each", async () => {
    const error = await loadYaml(TEN_MISTAKES).catch((thrown: unknown) => thrown);
    expect(error).toMatchObject({ code: "usage" });
    const [first, ...rest] = (error as Error).message.split("\n");
    expect(first).toBe("10 mistakes in /etc/holdfast/holdfast.yml:");
    expect(rest).toHaveLength(10);
  });

  it.each<[what: string, yaml: string, line: string]>([
    [
      "no stores",
      `stores: {}\n${JOB}`,
      "stores (line 1): expected a map of one or more stores, got an empty map",
    ],
    ["no jobs", "jobs: {}", "jobs (line 1): expected a map of one or more jobs, got an empty map"],
    ["jobs left empty", "jobs:", "jobs (line 1): expected a map of one or more jobs, got an empty value"],
    [
      "a job without a source",
      "jobs: { data: {} }",
      "jobs.data.source (line 1): expected a map with a kind, got nothing",
    ],
    [
      "a source without a kind",
      "jobs: { data: { source: { path: /x } } }",
      "jobs.data.source.kind (line 1): expected one of volume, container, gce-disk, cloud-sql, stack, postgres, mysql, redis, mongodb, command, got nothing",
    ],
    [
      "an empty list of stores",
      `defaults: { stores: [] }\n${JOB}`,
      "defaults.stores (line 1): expected a list of one or more names of stores, got an empty list",
    ],
    [
      "a store named twice",
      `defaults: { stores: [local, local] }\n${JOB}`,
      'defaults.stores[1] (line 1): expected each store once, got "local" again',
    ],
    [
      "two stores in one directory",
      `stores: { a: { kind: local, path: /s }, b: { kind: local, path: /s/ } }\n${JOB}`,
      "stores.b.path (line 1): expected a directory apart from that of store a (/s), got /s",
    ],
    [
      "a store within another",
      `stores: { a: { kind: local, path: /s/x }, b: { kind: local, path: /s } }\n${JOB}`,
      "stores.b.path (line 1): expected a directory apart from that of store a (/s/x), got /s",
    ],
    [
      "a source among the defaults",
      `defaults: { source: {} }\n${JOB}`,
      'defaults.source (line 1): expected one of the keys schedule, timezone, stores, retention, keepFor, freshness, retry, timeout, jitter, quiesce, checks, full, recheck, verify, drill, encryption, ping, got "source"',
    ],
    [
      "a schedule that never comes",
      'defaults: { schedule: "0 0 31 2 *" }\n' + JOB,
      'defaults.schedule (line 1): expected 5 or 6 cron fields such as "0 3 * * *", a name such as @daily, or manual, got "0 0 31 2 *" (that never comes)',
    ],
    [
      "a number where text belongs",
      `stack: 2026\n${JOB}`,
      "stack (line 1): expected a name of up to 63 lowercase letters, digits, _ and -, got 2026; put it in quotes",
    ],
    ["a list as the whole", "- a", "expected a map, got a list"],
    [
      "a key with a dot",
      `"a.b": 1\n${JOB}`,
      expect.stringMatching(/^\["a\.b"\] \(line 1\): expected one of the keys/) as string,
    ],
    [
      "a UTC offset as zone",
      `timezone: "+01:00"\n${JOB}`,
      'timezone (line 1): expected an IANA time zone such as UTC or Europe/Prague, got "+01:00"',
    ],
  ])("names %s", async (_, yaml, line) => {
    expect(await mistakesIn(yaml)).toEqual([line]);
  });

  it("looks under a bad name too", async () => {
    expect(await mistakesIn("jobs: { Data: { source: { kind: volume } } }")).toEqual([
      expect.stringContaining("jobs.Data (line 1)"),
      "jobs.Data.source.path (line 1): expected an absolute path such as /source/data, got nothing (or `volume` with the name of one)",
    ]);
  });

  it("reports a mistake in the defaults once and not for every job", async () => {
    const two =
      "jobs: { a: { source: { kind: volume, path: /a } }, b: { source: { kind: volume, path: /b } } }";
    expect(await mistakesIn(`defaults: { timeout: soon }\n${two}`)).toHaveLength(1);
  });

  it("names the line of a value that came through an anchor or a merge key", async () => {
    const yaml = [
      "jobs:",
      "  a: &a",
      "    source: { kind: volume, path: /a }",
      "    timeout: soon",
      "  b:",
      "    <<: *a",
    ];
    const lines = await mistakesIn(yaml.join("\n"));
    expect(lines.map((line) => line.split(":")[0])).toEqual([
      "jobs.a.timeout (line 4)",
      "jobs.b.timeout (line 4)",
    ]);
  });

  it("refuses a project name that cannot be a stack's", async () => {
    expect(await mistakesIn(JOB, { env: { COMPOSE_PROJECT_NAME: "My Stack" } })).toEqual([
      'COMPOSE_PROJECT_NAME: expected the name of a Compose project, got "My Stack"',
    ]);
  });

  it("refuses a __proto__ key like any other that it does not know", async () => {
    expect(await mistakesIn(`__proto__: { stack: x }\n${JOB}`)).toEqual([
      expect.stringContaining('got "__proto__"'),
    ]);
  });
});

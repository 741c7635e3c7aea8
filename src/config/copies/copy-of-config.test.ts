import { describe, expect, it } from "vitest";
import { loadYaml } from "../../../test/fakes/config-files.ts";
import { collectSecrets } from "../show.ts";
import { copyOfConfig } from "./copy-of-config.ts";

const CONFIG = `stack: shop # as in the bucket
stores:
  offsite:
    kind: s3
    bucket: backups
    accessKeyId: AKIAEXAMPLE
    secretAccessKey: wJalrXUtnFEMI0123
    region: eu-central-1
jobs:
  users:
    source: { kind: postgres, service: db, database: app, passwordFile: /run/secrets/pg }
    schedule: "@daily"
alerts:
  channels:
    slack: { kind: slack, url: "\${SLACK_URL}" }
    ops: { kind: webhook, url: "https://hooks.test/abc", headers: { Authorization: Bearer tok3n-of-ops } }
http: { token: "a-long-token-0815" }
`;

describe("the copy of the config file", () => {
  const copy = copyOfConfig(CONFIG);

  it("has no secret in it, and is otherwise the file", () => {
    for (const secret of ["wJalrXUtnFEMI0123", "hooks.test/abc", "tok3n-of-ops", "a-long-token-0815"])
      expect(copy?.text).not.toContain(secret);
    expect(copy?.text).toContain("stack: shop # as in the bucket\n");
    expect(copy?.text).toContain('secretAccessKey: "${HOLDFAST_STORES_OFFSITE_SECRET_ACCESS_KEY}"\n');
  });

  it("is the same config again once the variables that it names are set", async () => {
    const variables = (copy?.leftOut ?? []).filter(({ kind }) => kind === "variable");
    const env = Object.fromEntries(
      variables.map(({ name }) => [name, name.endsWith("URL") ? "https://x.test/secret" : "secret-0815"]),
    );
    const files = { "/run/secrets/pg": "pg-secret-0815" };
    const config = await loadYaml(copy?.text ?? "", { env, files });
    expect(config.stack).toBe("shop");
    expect(new Set(collectSecrets(config))).toEqual(
      new Set(["secret-0815", "https://x.test/secret", "pg-secret-0815"]),
    );
  });

  it("names files of secrets and variables that were there before", () => {
    expect(copy?.leftOut).toContainEqual({
      ...{ kind: "file", name: "/run/secrets/pg", for: "jobs.users.source.passwordFile" },
    });
    expect(copy?.leftOut).toContainEqual({
      ...{ kind: "variable", name: "SLACK_URL", for: "alerts.channels.slack.url" },
    });
  });
});

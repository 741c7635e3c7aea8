import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { loadYaml } from "../../test/fakes/config-files.ts";
import { causeChain } from "../domain/errors.ts";
import { collectSecrets, printConfig, redactedConfig } from "./show.ts";

const SLACK = "https://hooks.slack.com/services/T0/B0/abcdefghij";
const JOB = "jobs: { data: { source: { kind: volume, path: /source/data } } }";

const ALL_SECRETS = `
jobs:
  data:
    source: { kind: volume, path: /source/data }
    quiesce:
      before: [{ http: { urlFile: /run/secrets/hook, headers: { X-Key: hook-key }, body: hook-body } }]
      after: [{ exec: { service: app, command: "true", env: { PASSWORD: hook-password } } }]
    checks: [{ http: { url: "http://app/check?token=check-token" } }]
http: { tokenFile: /run/secrets/token }
alerts:
  channels:
    team: { kind: slack, url: "\${SLACK}" }
    pager:
      kind: webhook
      url: https://user:password-1@pager.example.com/hook/tail-token?key=query-token
      secret: signing-secret
      headers: { Authorization: Bearer bearer-token, X-Short: "1" }
`;
const SURROUNDINGS = {
  env: { SLACK },
  files: { "/run/secrets/token": "token-of-file\n", "/run/secrets/hook": "http://app/hook-path" },
};
const VALUES = [
  "hook-path",
  "hook-key",
  "check-token",
  "hook-body",
  "hook-password",
  "abcdefghij",
  "token-of-file",
  "password-1",
  "tail-token",
  "query-token",
  "signing-secret",
  "bearer-token",
];

describe("secrets of a config", () => {
  it("are read where they are, from variables and from files", async () => {
    const config = await loadYaml(ALL_SECRETS, SURROUNDINGS);
    expect(config.http.token).toBe("token-of-file");
    expect(config.alerts.channels[0]?.options).toEqual({ kind: "slack", url: SLACK });
  });

  it("are never printed; of an address the host is", async () => {
    const config = await loadYaml(ALL_SECRETS, SURROUNDINGS);
    const printed = printConfig(config) + JSON.stringify(redactedConfig(config));
    for (const value of VALUES) expect(printed).not.toContain(value);
    expect(redactedConfig(config)).toMatchObject({
      http: { token: "***" },
      alerts: {
        channels: {
          team: { url: "https://hooks.slack.com/***" },
          pager: {
            url: "https://pager.example.com/***",
            secret: "***",
            headers: { Authorization: "***", "X-Short": "***" },
          },
        },
      },
    });
  });

  it("are all collected for the wall of the log, without words too short to be one", async () => {
    const collected = collectSecrets(await loadYaml(ALL_SECRETS, SURROUNDINGS));
    for (const value of VALUES)
      expect(
        collected.some((secret) => secret.includes(value)),
        value,
      ).toBe(true);
    expect(collected).toContain("bearer-token");
    expect(collected).not.toContain("1");
  });

  it("never reach a message or the error, wherever the config is wrong around them", async () => {
    const secret = fc.stringMatching(/^[A-Za-z0-9+/=_-]{12,120}$/);
    await fc.assert(
      fc.asyncProperty(secret, fc.constantFrom(...WRONG), async (value, wrong) => {
        const surroundings = { env: { SECRET: value }, files: { "/run/secrets/x": value } };
        const error = await loadYaml(wrong.replaceAll("SECRET_TEXT", value), surroundings).catch(
          (thrown: unknown) => thrown,
        );
        expect(error).toBeInstanceOf(Error);
        const told = [JSON.stringify(error), ...causeChain(error), (error as Error).stack].join("\n");
        expect(told).not.toContain(value.slice(0, 10));
      }),
      { numRuns: 200 },
    );
  });
});

/** Each holds a secret and a mistake near it. */
const WRONG = [
  `http: { token: [SECRET_TEXT] }\n${JOB}`,
  `http: { tokn: SECRET_TEXT }\n${JOB}`,
  `http: SECRET_TEXT\n${JOB}`,
  `http: { token: "SECRET_TEXT", listen: "SECRET_TEXT" }\n${JOB}`,
  `http: { token: "SECRET_TEXT", tokenFile: /run/secrets/x }\n${JOB}`,
  `http: { tokenFile: /run/secrets/x }\nstack: "A SECRET_TEXT"\n${JOB}`,
  `alerts: { channels: SECRET_TEXT }\n${JOB}`,
  `alerts: { channels: { a: { kind: slack, url: SECRET_TEXT } } }\n${JOB}`,
  `alerts: { channels: { a: { kind: slak, url: "https://x/SECRET_TEXT" } } }\n${JOB}`,
  `alerts: { channels: { a: { kind: webhook, url: "\${SECRET}", headers: SECRET_TEXT } } }\n${JOB}`,
  `alerts: { channels: { a: { kind: webhook, url: "https://x/", headers: { A: "\${SECRET}\\n" } } } }\n${JOB}`,
  `http: { token: *SECRET_TEXT }\n${JOB}`,
  `http: { token: "SECRET_TEXT }\n${JOB}`,
  `http: { token: "x" SECRET_TEXT }\n${JOB}`,
];

import { describe, expect, it } from "vitest";
import { copyOfCompose } from "./copy-of-compose.ts";

const COMPOSE = `# POSTGRES_PASSWORD: the-old-one
services:
  db: # the database
    image: postgres:15
    environment:
      POSTGRES_USER: app
      POSTGRES_PASSWORD: postgres
      POSTGRES_INITDB_ARGS: "--auth=scram"
      PGPASSFILE_PATH: /run/secrets/pg
  cache:
    command: [redis-server, --requirepass, r3disPassw0rd]
    environment:
      - REDIS_PASSWORD=r3disPassw0rd
      - TZ=UTC
  app:
    image: "app:\${TAG}"
    build: ./app
    volumes: ["./settings.json:/settings.json:ro", "data:/data"]
    env_file: [.env, { path: ./more.env }]
    environment:
      DATABASE_URL: postgres://app:hunter2@db/app
      STRIPE_KEY: \${STRIPE_KEY:?}
      CACHE: \${CACHE:-none}
    labels:
      holdfast.alerts.channels.slack.url: https://hooks.slack.test/T0/B0/x
secrets:
  tls: { file: ./tls.key }
`;

const copy = copyOfCompose(COMPOSE);

describe("the copy of a Compose file", () => {
  it("has no secret in it, also where one is repeated, in an address or in a comment", () => {
    for (const secret of ["the-old-one", "r3disPassw0rd", "hunter2", "hooks.slack.test"])
      expect(copy?.text).not.toContain(secret);
    expect(copy?.text).toContain(
      'POSTGRES_PASSWORD: "${DB_POSTGRES_PASSWORD:?it is a secret, and was left out of the backup}"',
    );
    expect(copy?.text).toContain("app:${APP_DATABASE_URL_PASSWORD:?it is a secret");
  });

  it("is the file as it was but for them", () => {
    expect(copy?.text).toContain("  db: # the database\n    image: postgres:15\n");
    expect(copy?.text).toContain("PGPASSFILE_PATH: /run/secrets/pg\n");
    expect(copy?.text.split("\n")).toHaveLength(COMPOSE.split("\n").length);
  });

  it("names what has to be set and put back, and what for", () => {
    const named = copy?.leftOut.map(({ kind, name, for: of }) => `${kind} ${name}: ${of}`);
    expect(named).toEqual([
      "variable DB_POSTGRES_PASSWORD: service db",
      "variable CACHE_REDIS_PASSWORD: service cache",
      "variable APP_DATABASE_URL_PASSWORD: service app",
      "variable APP_HOLDFAST_ALERTS_CHANNELS_SLACK_URL: service app",
      "variable TAG: the Compose file",
      "variable STRIPE_KEY: the Compose file",
      "file ./tls.key: secret tls",
      "file .env: service app",
      "file ./more.env: service app",
      "file ./settings.json: service app",
      "file ./app: the image of app",
    ]);
  });

  it("keeps the line break after a secret that is a block of text", () => {
    const key = "x:\n  TLS_PRIVATE_KEY: |\n    -----BEGIN-----\n    abcdef\n  TZ: UTC\n";
    expect(copyOfCompose(key)?.text).toMatch(/^x:\n {2}TLS_PRIVATE_KEY: "\$\{X_TLS.*"\n {2}TZ: UTC\n$/);
  });

  it("is none of what is no YAML: nobody knows what is secret in it", () => {
    expect(copyOfCompose("services: [unclosed")).toBeUndefined();
  });
});

/** A stack with a PostgreSQL server, another one to restore to, and a sidecar with jobs for them, some of which cannot work. */

import { ensureDatabaseImages } from "./database-images.ts";
import { IDLE, type StackPlan } from "./sidecar-stack.ts";

/** Of no other stack: it is looked for in all command lines of the machine. */
export const PASSWORD = "correct-horse-of-postgres";

const server = (volumes: string[]) => ({
  ...{ image: "postgres:15", volumes },
  environment: { POSTGRES_PASSWORD_FILE: "/run/secrets/password", POSTGRES_DB: "app" },
  healthcheck: { test: ["CMD", "pg_isready", "-U", "postgres"], interval: "1s", retries: 60 },
});

const SERVICES = {
  db: server(["db_data:/var/lib/postgresql/data", "./password:/run/secrets/password:ro"]),
  scratch: { ...server([]), environment: {} },
  app: { ...IDLE, depends_on: { db: { condition: "service_started" } } },
};

const source = (of: object) => ({ kind: "postgres", service: "db", ...of });
const CONFIG = {
  defaults: { retry: { attempts: 1 } },
  jobs: {
    app: { source: source({ database: "app" }) },
    everything: { source: source({ all: true }) },
    plain: { source: source({ database: "app", format: "plain" }) },
    wrong: { source: source({ database: "app", user: "postgres", passwordFile: "/etc/holdfast/wrong" }) },
    unknown: { source: source({ database: "nowhere" }) },
    toolless: { source: { kind: "postgres", service: "app" } },
    command: {
      source: {
        ...{ kind: "command", service: "app", command: ["cat", "/tmp/file"], extension: "txt" },
        ...{ restoreCommand: "cat > /tmp/file", endMarker: "end" },
      },
    },
  },
  stores: { local: { kind: "local", path: "/archive" } },
  guard: { after: "2s" },
};

export const PLAN: StackPlan = {
  ...{ services: SERVICES, config: CONFIG, prepare: ensureDatabaseImages },
  files: { password: PASSWORD, "config/wrong": "wrong-password-here" },
};

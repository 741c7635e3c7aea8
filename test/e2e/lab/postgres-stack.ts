/** A stack with a PostgreSQL server, another one to restore to, and a sidecar with jobs for them, some of which cannot work. */

export const PASSWORD = "correct-horse-battery";

export const COMPOSE = `
services:
  db:
    image: postgres:15
    environment: { POSTGRES_PASSWORD_FILE: /run/secrets/password, POSTGRES_DB: app }
    volumes: ["db_data:/var/lib/postgresql/data", "./password:/run/secrets/password:ro"]
    healthcheck: { test: [CMD, pg_isready, -U, postgres], interval: 1s, retries: 60 }
  scratch:
    image: postgres:15
    healthcheck: { test: [CMD, pg_isready, -U, postgres], interval: 1s, retries: 60 }
  app:
    image: debian:bookworm-slim
    init: true
    command: [sleep, infinity]
    depends_on: { db: { condition: service_started } }
  backup:
    image: \${HOLDFAST_IMAGE}
    init: true
    read_only: true
    cap_drop: [ALL]
    cap_add: [DAC_READ_SEARCH]
    security_opt: ["no-new-privileges:true"]
    tmpfs: [/tmp]
    ports: ["127.0.0.1:0:9219"]
    volumes:
      - ./config:/etc/holdfast:ro
      - archive:/archive
      - state:/var/lib/holdfast
      - \${ENGINE_SOCKET}:/var/run/docker.sock
volumes: { db_data: , archive: , state: }
`;

const source = (of: object) => ({ kind: "postgres", service: "db", ...of });
export const CONFIG = {
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

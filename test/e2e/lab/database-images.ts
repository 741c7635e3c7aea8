/** Stand-ins for PostgreSQL's and Redis' own images: the same names, data directories, commands and signals. */
import { ensureServiceImage } from "./images.ts";
import type { Lab } from "./lab.ts";

const AS_POSTGRES = "setpriv --reuid=postgres --regid=postgres --init-groups";

/** Makes a cluster where there is none, then runs what it is told to. */
const POSTGRES_ENTRYPOINT = [
  "#!/bin/sh",
  "set -e",
  'mkdir -p "$PGDATA"',
  'chown postgres:postgres "$PGDATA"',
  'chmod 700 "$PGDATA"',
  `[ -s "$PGDATA/PG_VERSION" ] || ${AS_POSTGRES} initdb --username=postgres --auth=trust "$PGDATA"`,
  `exec ${AS_POSTGRES} "$@"`,
];

export async function ensureDatabaseImages(lab: Lab, scratch: string): Promise<void> {
  const entrypoint = "/usr/local/bin/docker-entrypoint.sh";
  await Promise.all([
    ensureServiceImage(lab, scratch, {
      name: "postgres:15",
      packages: ["postgresql-15"],
      lines: [
        "ENV PGDATA=/var/lib/postgresql/data PATH=/usr/lib/postgresql/15/bin:/usr/local/bin:/usr/bin:/bin",
        `RUN printf '%s\\n' ${POSTGRES_ENTRYPOINT.map((line) => `'${line}'`).join(" ")} > ${entrypoint} && chmod +x ${entrypoint}`,
        "STOPSIGNAL SIGINT",
        `ENTRYPOINT ["${entrypoint}"]`,
        'CMD ["postgres"]',
      ],
    }),
    ensureServiceImage(lab, scratch, {
      name: "redis:7",
      packages: ["redis-server"],
      lines: ["WORKDIR /data", 'CMD ["redis-server", "--protected-mode", "no"]'],
    }),
  ]);
}

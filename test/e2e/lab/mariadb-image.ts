/** A stand-in for MariaDB's own image: the same names, data directory, variables and command. */
import { ensureServiceImage } from "./images.ts";
import type { Lab } from "./lab.ts";

/** Makes a server with its first account and database where there is none, then runs what it is told to. */
const ENTRYPOINT = [
  "#!/bin/sh",
  "set -e",
  "mkdir -p /run/mysqld",
  "chown mysql:mysql /run/mysqld /var/lib/mysql",
  "if [ ! -d /var/lib/mysql/mysql ]; then",
  "  mariadb-install-db --user=mysql --skip-test-db > /dev/null",
  "  password=${MARIADB_ROOT_PASSWORD:-}",
  '  if [ -n "${MARIADB_ROOT_PASSWORD_FILE:-}" ]; then password=$(cat "$MARIADB_ROOT_PASSWORD_FILE"); fi',
  '  echo "ALTER USER root@localhost IDENTIFIED BY \\"$password\\";" > /tmp/init.sql',
  '  if [ -n "${MARIADB_DATABASE:-}" ]; then echo "CREATE DATABASE $MARIADB_DATABASE;" >> /tmp/init.sql; fi',
  '  set -- "$@" --init-file=/tmp/init.sql',
  "fi",
  'exec "$@" --user=mysql',
];

export async function ensureMariadbImage(lab: Lab, scratch: string): Promise<void> {
  const path = "/usr/local/bin/docker-entrypoint.sh";
  const text = Buffer.from(`${ENTRYPOINT.join("\n")}\n`).toString("base64");
  await ensureServiceImage(lab, scratch, {
    name: "mariadb:10.11",
    packages: ["mariadb-server"],
    lines: [
      "RUN rm -rf /var/lib/mysql/*",
      `RUN echo ${text} | base64 -d > ${path} && chmod +x ${path}`,
      `ENTRYPOINT ["${path}"]`,
      'CMD ["mariadbd"]',
    ],
  });
}

/** What the stack that is recovered holds: loaded, spoilt, read, and held against what a point of a moment promises. */
import { waitUntil } from "../wait-until.ts";
import type { SidecarStack } from "./sidecar-stack.ts";

export interface Facts {
  /** When each event was written, by its id less one. */
  ats: number[];
  /** Ids that have no row or no upload, or one that was spoilt. */
  troubles: string[];
  /** Of PostgreSQL. */
  ledger: string;
  /** Of the Redis whose volume is backed up, and of the one that is dumped. */
  cached: string;
  session: string;
}

const psql = ["psql", "-XU", "postgres", "-qAtv", "ON_ERROR_STOP=1"];
const GREETING = "žluťoučký kůň";

/** Once the app has written some events. */
async function writeFacts(stack: SidecarStack): Promise<void> {
  await waitUntil("the app writes", async () => (await eventsOf(stack)).ats.length > 3, 60_000);
  await stack.exec("db", ...psql, "-c", "CREATE DATABASE app");
  const rows =
    "CREATE TABLE ledger AS SELECT g AS id, md5(g::text) AS entry FROM generate_series(1, 20000) g";
  await stack.exec("db", ...psql, "-d", "app", "-c", rows);
  for (const service of ["cache", "sessions"])
    await stack.exec(service, "redis-cli", "set", "greeting", `${GREETING} of ${service}`);
}

/** What the points hold that everything goes back to. */
export interface Promised {
  before: Facts;
  /** The moment that the points are of. */
  asOf: number;
  /** When the last of them was whole. */
  doneAt: number;
}

/** Loads the stack, and backs up all of it. */
export async function backUpPromised(stack: SidecarStack): Promise<Promised> {
  await writeFacts(stack);
  return backUpAgain(stack);
}

/** Of what it holds by now. */
export async function backUpAgain(stack: SidecarStack): Promise<Promised> {
  const backup = await stack.holdfast("backup");
  if (backup.exitCode !== 0) throw new Error(`${backup.exitCode}: ${backup.stdout}${backup.stderr}`);
  const doneAt = Date.now();
  const { stdout } = await stack.holdfast("recover", "--dry-run", "--json");
  const { jobs } = JSON.parse(stdout) as { jobs: { job: string; pointStartedAt: string }[] };
  const asOf = Date.parse(jobs.find(({ job }) => job === "data")?.pointStartedAt ?? "");
  return { before: await readFacts(stack), asOf, doneAt };
}

/** Somebody's mistake, in every kind of data. */
export async function spoil(stack: SidecarStack): Promise<void> {
  const uploads = "for f in /data/uploads/*; do echo spoilt > $f; done";
  const sql = "UPDATE ledger SET entry = 'spoilt' WHERE id % 7 = 0; CREATE TABLE IF NOT EXISTS junk (id int)";
  await Promise.all([
    stack.exec("app", "sh", "-c", uploads),
    stack.exec("db", ...psql, "-d", "app", "-c", sql),
    ...["cache", "sessions"].map((service) =>
      stack.exec(service, "redis-cli", "mset", "greeting", "spoilt", "junk", "1"),
    ),
  ]);
}

export async function readFacts(stack: SidecarStack): Promise<Facts> {
  const ledger =
    "SELECT count(*), md5(string_agg(entry, '' ORDER BY id)), to_regclass('junk') IS NULL FROM ledger";
  const redis = (service: string) => stack.exec(service, "redis-cli", "mget", "greeting", "junk");
  const [events, rows, cached, session] = await Promise.all([
    eventsOf(stack),
    stack.exec("db", ...psql, "-d", "app", "-c", ledger),
    redis("cache"),
    redis("sessions"),
  ]);
  return { ...events, ledger: rows, cached, session };
}

async function eventsOf(stack: SidecarStack): Promise<Pick<Facts, "ats" | "troubles">> {
  // What is told first has its uploads then.
  const script = `cat /data/told.json; echo; cd /data/uploads && grep -H . -r . | sed 's#^[.]/##'`;
  const said = await stack.exec("app", "sh", "-c", script).catch(() => "{}");
  const [told = "{}", ...lines] = said.trim().split("\n");
  const { ids = [], ats = [] } = JSON.parse(told) as { ids?: number[]; ats?: number[] };
  const uploads = new Set(lines);
  const troubles = ids.flatMap((id, at) => [
    ...(id === at + 1 ? [] : [`row ${at + 1} is ${id}`]),
    ...(uploads.has(`${id}:${id}`) ? [] : [`upload ${id} is not whole`]),
  ]);
  return { ats, troubles };
}

/** What keeps it from being what a point promises that was begun at `asOf` and done at `doneAt`, of a stack that was lost at `lostAt`. */
export function differences(
  now: Facts,
  { before, asOf, doneAt, lostAt }: Promised & { lostAt: number },
): string[] {
  const promised = before.ats.filter((at) => at <= asOf);
  const isThere = promised.every((at, place) => now.ats[place] === at);
  const newer = now.ats.filter((at) => at > doneAt && at < lostAt);
  return [
    ...now.troubles,
    ...(isThere ? [] : [`of ${promised.length} events up to ${asOf} not all are there: ${now.ats.length}`]),
    ...(newer.length === 0 ? [] : [`${newer.length} events are newer than the point`]),
    ...(["ledger", "cached", "session"] as const).flatMap((fact) =>
      now[fact] === before[fact] ? [] : [`${fact} is ${now[fact]}, and was ${before[fact]}`],
    ),
  ];
}

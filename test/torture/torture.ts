/**
 * `npm run torture -- [--kills 200] [--in-place N] [--chains N [--path P]] [--foreign N] [--flips N] [--interventions N] [--stack-restores N] [--database-flips N] [--sqlite N] [--duckdb N [--directory D]] [--duckdb-stack N] [--dumps N] [--live-points N [--directory D]] [--recover N] [--gcs GIB] [--gce N] [--s3 GIB] [--rclone GIB] [--cuts N] [--alerts DAYS] [--seed N]`: kills backups, or
 * restores in place, at random moments, carries out random chains of points, flips bits of what is stored and of captured databases, and has tar readers that are not ours read the archives of
 * random trees; kills sidecars that hold services of a real engine, restores in place and recovers stacks through it; captures DuckDB and SQLite databases that are written to, and kills sidecars that capture one in a stack, and restores every point of volumes with such databases; simulates days of alerts; sends streams of many GiB through a faulty Cloud Storage, a real server of S3, or rclone to real servers; cuts backups and restores off the network for half a minute. Without a number of any it does 200 kills of backups.
 */
import { parseArgs } from "node:util";

import { tortureAlerts } from "./alerts/torture-alerts.ts";
import { tortureChains } from "./chains/torture-chains.ts";
import { tortureCuts } from "./cuts/torture-cuts.ts";
import { tortureDatabaseFlips } from "./database-flips/torture-database-flips.ts";
import { tortureDuckdb } from "./duckdb/torture-duckdb.ts";
import { tortureDuckdbStack } from "./duckdb-stack/torture-duckdb-stack.ts";
import { tortureGce } from "./gce/torture-gce.ts";
import { tortureDumps } from "./dumps/torture-dumps.ts";
import { tortureGcs } from "./gcs/torture-gcs.ts";
import { tortureInPlace } from "./in-place/torture-in-place.ts";
import { tortureInterventions } from "./interventions/torture-interventions.ts";
import { tortureLivePoints } from "./live-points/torture-live-points.ts";
import { tortureRclone } from "./rclone/torture-rclone.ts";
import { tortureRecover } from "./recover/torture-recover.ts";
import { tortureS3 } from "./s3/torture-s3.ts";
import { tortureSqlite } from "./sqlite/torture-sqlite.ts";
import { tortureStackRestores } from "./stack-restores/torture-stack-restores.ts";
import { tortureFlips } from "./torture-flips.ts";
import { tortureForeign } from "./torture-foreign.ts";
import { tortureByKills } from "./torture-kills.ts";

const { values } = parseArgs({
  options: {
    alerts: { type: "string" },
    kills: { type: "string" },
    "in-place": { type: "string" },
    chains: { type: "string" },
    cuts: { type: "string" },
    foreign: { type: "string" },
    gce: { type: "string" },
    gcs: { type: "string" },
    flips: { type: "string" },
    interventions: { type: "string" },
    "database-flips": { type: "string" },
    duckdb: { type: "string" },
    "duckdb-stack": { type: "string" },
    dumps: { type: "string" },
    "live-points": { type: "string" },
    directory: { type: "string" },
    rclone: { type: "string" },
    recover: { type: "string" },
    s3: { type: "string" },
    sqlite: { type: "string" },
    "stack-restores": { type: "string" },
    seed: { type: "string" },
    path: { type: "string" },
  },
});
const seed = Number(values.seed ?? Math.floor(Math.random() * 2 ** 31));
const {
  alerts,
  kills,
  chains,
  cuts,
  foreign,
  gce,
  gcs,
  flips,
  interventions,
  duckdb,
  directory,
  dumps,
  path,
  "in-place": inPlace,
  "database-flips": databaseFlips,
  rclone,
  recover,
  s3,
  sqlite,
  "duckdb-stack": duckdbStack,
  "live-points": livePoints,
  "stack-restores": stackRestores,
} = values;
const ofOthers = [
  alerts,
  chains,
  cuts,
  foreign,
  gce,
  gcs,
  flips,
  interventions,
  inPlace,
  databaseFlips,
  duckdb,
  duckdbStack,
  dumps,
  livePoints,
  rclone,
  recover,
  s3,
  sqlite,
  stackRestores,
];
const isAlone = ofOthers.every((count) => count === undefined);
if (alerts !== undefined)
  await tortureAlerts({ days: Number(alerts), seed, print: (line) => console.log(line) });
if (chains !== undefined) await tortureChains({ cases: Number(chains), seed, path });
if (cuts !== undefined)
  await tortureCuts({ rounds: Number(cuts), ms: 30_000, seed, print: (line) => console.log(line) });
if (foreign !== undefined) await tortureForeign({ trees: Number(foreign), seed });
if (gce !== undefined) await tortureGce({ cases: Number(gce), seed, print: (line) => console.log(line) });
if (gcs !== undefined) await tortureGcs({ gibibytes: Number(gcs), seed, print: (line) => console.log(line) });
if (flips !== undefined) await tortureFlips(Number(flips), seed);
if (databaseFlips !== undefined) await tortureDatabaseFlips(Number(databaseFlips), seed);
if (s3 !== undefined) await tortureS3({ gibibytes: Number(s3), print: (line) => console.log(line) });
if (rclone !== undefined)
  await tortureRclone({ gibibytes: Number(rclone), print: (line) => console.log(line) });
if (recover !== undefined)
  await tortureRecover({ kills: Number(recover), seed, print: (line) => console.log(line) });
if (sqlite !== undefined) await tortureSqlite(Number(sqlite), seed);
if (inPlace !== undefined)
  await tortureInPlace({ kills: Number(inPlace), seed, print: (line) => console.log(line) });
if (interventions !== undefined)
  await tortureInterventions({ kills: Number(interventions), seed, print: (line) => console.log(line) });
if (duckdb !== undefined)
  await tortureDuckdb({ captures: Number(duckdb), seed, directory, print: (line) => console.log(line) });
if (livePoints !== undefined)
  await tortureLivePoints({
    ...{ points: Number(livePoints), seed, directory },
    print: (line) => console.log(line),
  });
if (duckdbStack !== undefined)
  await tortureDuckdbStack({ kills: Number(duckdbStack), seed, print: (line) => console.log(line) });
if (dumps !== undefined)
  await tortureDumps({ kills: Number(dumps), seed, print: (line) => console.log(line) });
if (stackRestores !== undefined)
  await tortureStackRestores({ kills: Number(stackRestores), seed, print: (line) => console.log(line) });
if (kills !== undefined || isAlone) await tortureByKills({ wanted: Number(kills ?? 200), seed });

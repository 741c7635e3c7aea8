/** What is asked of drills in vain: who asks for what never comes would believe that points are proven. */
import { DRILLED } from "./drill.ts";
import { badChoice, type Finding } from "./problems.ts";
import { DEFAULT_STORE } from "./references.ts";
import { isMap, valueAt } from "./schema-walk.ts";

export function drillMistakes(config: unknown): Finding[] {
  const jobs = valueAt(config, ["jobs"]);
  const stores = valueAt(config, ["stores"]);
  const known = isMap(stores) ? Object.keys(stores) : [DEFAULT_STORE];
  const ofJobs = Object.keys(isMap(jobs) ? jobs : {}).flatMap((job) => {
    const path = ["jobs", job, "drill"];
    const kind = valueAt(jobs, [job, "source", "kind"]);
    if (typeof kind !== "string") return [];
    return [...undrillable(config, path, kind), ...unknownChecks(config, path, kind)];
  });
  const places = [["defaults"], ...Object.keys(isMap(jobs) ? jobs : {}).map((job) => ["jobs", job])];
  const ofStores = places.flatMap((place): Finding[] => {
    const path = [...place, "drill", "from"];
    const from = valueAt(config, path);
    if (typeof from !== "string" || known.includes(from)) return [];
    return [{ path, message: badChoice(known, from, "store") }];
  });
  return [...ofJobs, ...ofStores, ...stackDrillMistakes(config)];
}

/** They are told as those of the job that holds the config. */
function stackDrillMistakes(config: unknown): Finding[] {
  const schedule = valueAt(config, ["drill", "schedule"]);
  const isKept = ![false, "off", "false"].includes(valueAt(config, ["keepConfig"]) as string | boolean);
  if (isKept || schedule === undefined || schedule === "manual") return [];
  const message = `expected manual with keepConfig off, got ${JSON.stringify(schedule)}`;
  return [{ path: ["drill", "schedule"], message }];
}

function undrillable(config: unknown, path: readonly string[], kind: string): Finding[] {
  const schedule = valueAt(config, [...path, "schedule"]);
  if (kind in DRILLED || schedule === undefined || schedule === "manual") return [];
  const message = `expected manual, for points of kind ${kind} cannot be drilled, got ${JSON.stringify(schedule)}`;
  return [{ path: [...path, "schedule"], message }];
}

function unknownChecks(config: unknown, path: readonly string[], kind: string): Finding[] {
  const checks = valueAt(config, [...path, "checks"]);
  const possible: readonly string[] = DRILLED[kind] ?? [];
  return (Array.isArray(checks) ? checks : []).flatMap((check: unknown, index): Finding[] => {
    const looks = ["files", "json", "databases", "command", "query"].filter(
      (look) => isMap(check) && look in check,
    );
    const wrong = looks.find((look) => !possible.includes(look));
    if (wrong === undefined) return unnamedDatabase(check, [...path, "checks", index], possible);
    const message = `expected a check that there is for points of kind ${kind} (${possible.join(", ") || "none"}), got ${wrong}`;
    return [{ path: [...path, "checks", index], message }];
  });
}

/** Of files there is no first database. */
function unnamedDatabase(check: unknown, path: Finding["path"], possible: readonly string[]): Finding[] {
  const isOfFiles = possible.includes("files");
  if (!isOfFiles || !isMap(check) || !("query" in check) || "database" in check) return [];
  return [
    { path, message: "expected the path of a `database`, relative to the root of the source, beside query" },
  ];
}

/** The drills of a job: from the keys of the file to the domain, and back for who prints it. */
import { z } from "zod";
import { writeDuration } from "../domain/duration.ts";
import type { DrillCheck } from "../domain/drill-check.ts";
import { MINUTE } from "../domain/instant.ts";
import type { DrillPolicy } from "../domain/job.ts";
import { parseSchedule } from "./cron.ts";
import { AbsolutePath, PositiveDuration, ScheduleText } from "./values.ts";

const Paths = z
  .array(
    z
      .string()
      .regex(/^[^/\0][^\0]*$/)
      .meta({ expected: "a path relative to the root of the source" }),
  )
  .min(1)
  .meta({ expected: "a list of paths, relative to the root of the source" });

const DrillCheckOptions = z
  .strictObject({
    files: Paths.optional(),
    json: Paths.optional(),
    databases: Paths.optional(),
    command: z
      .union([
        z
          .string()
          .min(1)
          .transform((text) => ["sh", "-c", text]),
        z.array(z.string()).min(1),
      ])
      .meta({ expected: "a command as a list, or as text for sh" })
      .optional(),
    service: z.string().min(1).meta({ expected: "the name of a Compose service" }).optional(),
    image: z.string().min(1).meta({ expected: "an image that the engine has" }).optional(),
    mount: AbsolutePath.optional(),
    timeout: PositiveDuration.optional(),
    query: z.string().min(1).meta({ expected: "a query in the language of the server" }).optional(),
    database: z.string().min(1).meta({ expected: "the name of a database" }).optional(),
    expect: z
      .union([z.string(), z.number().transform(String)])
      .meta({ expected: "what the query answers, as text" })
      .optional(),
    atLeast: z.coerce.number().meta({ expected: "a number" }).optional(),
  })
  .refine(
    ({ files, json, databases, command, query }) =>
      [files, json, databases, command, query].filter((look) => look !== undefined).length === 1,
  )
  .refine(
    ({ query, database, expect, atLeast }) =>
      (query !== undefined && (expect === undefined || atLeast === undefined)) ||
      [database, expect, atLeast].every((key) => key === undefined),
  )
  .refine(
    ({ command, service, image, mount, timeout }) =>
      command !== undefined || [service, image, mount, timeout].every((key) => key === undefined),
  )
  .meta({
    expected:
      "a check with one of files, json, databases, command and query; service, image, mount and timeout go with command, and database, expect or atLeast with query",
  });

export const DrillOptions = z.strictObject({
  schedule: ScheduleText.optional(),
  maxAge: PositiveDuration.optional(),
  from: z.string().min(1).meta({ expected: "the name of a store" }).optional(),
  point: z.enum(["newest", "random"]).default("newest"),
  attach: z.boolean().optional(),
  checks: z.array(DrillCheckOptions).meta({ expected: "a list of checks" }).default([]),
});
type DrillOptions = z.infer<typeof DrillOptions>;

const MANUAL = "manual";
const COMMAND_LIMIT = 5 * MINUTE;

/** Kinds of sources whose points can be drilled, with the checks that there are for them. */
export const DRILLED: Readonly<Record<string, readonly DrillCheck["kind"][]>> = {
  "gce-disk": ["files", "json", "databases"],
  volume: ["files", "json", "command", "query"],
  container: ["files", "json", "command", "query"],
  stack: ["files", "json", "command", "query"],
  ...{ postgres: ["query"], mysql: ["query"], redis: ["query"], mongodb: ["query"] },
};

export const NO_DRILLS: DrillPolicy = {
  ...{ schedule: undefined, maxAge: undefined, from: undefined },
  ...{ point: "newest", attach: false, checks: [] },
};

/** What `defaults` say holds for the jobs that can be drilled. */
export function drillOf(options: DrillOptions, kind: string, timezone: string): DrillPolicy {
  const possible = DRILLED[kind];
  const { schedule = MANUAL, maxAge, from, point } = options;
  if (possible === undefined) return NO_DRILLS;
  const checks = options.checks.flatMap(checkOf).filter((check) => possible.includes(check.kind));
  return {
    schedule: schedule === MANUAL ? undefined : parseSchedule(schedule, timezone),
    ...{ maxAge, from, point, checks },
    attach: kind === "gce-disk" && (options.attach ?? checks.length > 0),
  };
}

function checkOf(options: DrillOptions["checks"][number]): DrillCheck[] {
  const { files, json, databases, command, service, image, mount, timeout = COMMAND_LIMIT } = options;
  if (files !== undefined) return [{ kind: "files", paths: files }];
  if (json !== undefined) return [{ kind: "json", paths: json }];
  if (databases !== undefined) return [{ kind: "databases", paths: databases }];
  const { query, database, expect, atLeast } = options;
  if (query !== undefined) return [{ kind: "query", query, database, expect, atLeast }];
  return command === undefined ? [] : [{ kind: "command", command, service, image, mount, timeout }];
}

/** As it stands in a file that says everything. */
export function drillForm({
  schedule,
  maxAge,
  from,
  point,
  attach,
  checks,
}: DrillPolicy): Record<string, unknown> {
  return {
    schedule: schedule?.expression ?? MANUAL,
    ...(maxAge === undefined ? {} : { maxAge: writeDuration(maxAge) }),
    ...(from === undefined ? {} : { from }),
    point,
    ...(attach ? { attach } : {}),
    ...(checks.length === 0 ? {} : { checks: checks.map(checkForm) }),
  };
}

function checkForm(check: DrillCheck): Record<string, unknown> {
  if ("paths" in check) return { [check.kind]: check.paths };
  const { kind: _, ...keys } = check;
  const told = "timeout" in keys ? { ...keys, timeout: writeDuration(keys.timeout) } : keys;
  return Object.fromEntries(Object.entries(told).filter(([, value]) => value !== undefined));
}

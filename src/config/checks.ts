/** What a job's services are asked after a restore in place: from the keys of the file to the domain, and back for who prints it. */
import { writeDuration } from "../domain/duration.ts";
import type { RestoreCheck } from "../domain/restore-check.ts";
import type { JobOptions } from "./schema.ts";

type CheckOptions = JobOptions["checks"][number];

export function checksOf(options: readonly CheckOptions[]): RestoreCheck[] {
  return options.flatMap(({ http, running, noErrors, timeout }): RestoreCheck[] => {
    if (http !== undefined) return [{ look: { kind: "http", ...http }, timeout }];
    if (running !== undefined) return [{ look: { kind: "running", services: running }, timeout }];
    if (noErrors === undefined) return [];
    const { service, pattern } = noErrors;
    return [{ look: { kind: "noErrors", service, pattern }, timeout }];
  });
}

/** As it stands in a file that says everything. */
export function checkForm({ look, timeout }: RestoreCheck): Record<string, unknown> {
  const { kind, ...keys } = look;
  return { [kind]: look.kind === "running" ? look.services : keys, timeout: writeDuration(timeout) };
}

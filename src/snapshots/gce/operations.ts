/** Operations: what the API has begun to do, awaited to its end. One that fails late is an error like one that is refused at once. */
import { HoldfastError } from "../../domain/errors.ts";
import { formatDuration } from "../../domain/human-text.ts";
import { MINUTE, SECOND, type Milliseconds } from "../../domain/instant.ts";
import { Refusal } from "../../remote/google-refusal.ts";
import type { ComputeApi, Purpose } from "./compute-api.ts";
import { Operation } from "./resources.ts";
import { Pauses } from "../pauses.ts";

/** The API answers after two minutes at the latest, and may do so at once. */
const WAIT_LIMIT: Milliseconds = 2 * MINUTE + 30 * SECOND;
export const OPERATION_LIMIT: Milliseconds = 15 * MINUTE;

/** `zones/europe-north1-a`, `regions/europe-north1` or `global`: where the operation is, which began there. */
export type Scope = string;

export async function awaitOperation(
  api: ComputeApi,
  begun: Operation,
  { scope, limit = OPERATION_LIMIT, ...purpose }: Purpose & { scope: Scope; limit?: Milliseconds },
): Promise<Operation> {
  const pauses = new Pauses(api.clock, { from: SECOND / 4, to: 5 * SECOND, limit });
  let operation = begun;
  while (operation.status !== "DONE") {
    const path = `${scope}/operations/${operation.name}/wait`;
    operation = await api.call({ ...purpose, method: "POST", path, answerLimit: WAIT_LIMIT }, Operation);
    if (operation.status === "DONE") break;
    if (!(await pauses.next(purpose.signal, purpose.what))) throw notEnded(purpose.what, operation, limit);
  }
  throwIfFailed(api, operation, purpose.what);
  return operation;
}

/** As it stands now. */
export async function lookAtOperation(
  api: ComputeApi,
  { name }: Operation,
  { scope, ...purpose }: Purpose & { scope: Scope },
): Promise<Operation> {
  const operation = await api.call(
    { ...purpose, method: "GET", path: `${scope}/operations/${name}` },
    Operation,
  );
  throwIfFailed(api, operation, purpose.what);
  return operation;
}

export function throwIfFailed(api: ComputeApi, operation: Operation, what: string): void {
  const first = operation.error?.errors[0];
  if (first === undefined) return;
  const status = operation.httpErrorStatusCode ?? STATUS_OF[first.code] ?? 400;
  const message = first.message || operation.httpErrorMessage || first.code;
  throw api.error(new Refusal(status, REASON_OF[first.code] ?? first.code, message), { what });
}

/** Operations name their errors in another way than answers do. */
const REASON_OF: Readonly<Record<string, string>> = {
  RESOURCE_ALREADY_EXISTS: "alreadyExists",
  QUOTA_EXCEEDED: "quotaExceeded",
};
const STATUS_OF: Readonly<Record<string, number>> = {
  RESOURCE_NOT_FOUND: 404,
  RESOURCE_ALREADY_EXISTS: 409,
  CONDITION_NOT_MET: 412,
  QUOTA_EXCEEDED: 403,
  INTERNAL_ERROR: 500,
};

function notEnded(what: string, { name }: Operation, limit: Milliseconds): HoldfastError {
  const why = `the operation ${name} has not ended within ${formatDuration(limit)}`;
  return new HoldfastError("timeout", { what, why, next: "it may still end; look at it in the console" });
}

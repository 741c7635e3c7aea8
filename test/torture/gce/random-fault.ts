/** Any of the faults that a method can meet. */
import type { Fault } from "../../fakes/gce/faults.ts";

const ANYWHERE: readonly Fault[] = [
  ...[429, 500, 502, 503].map((status): Fault => ({ kind: "refuse", status })),
  { kind: "refuse", status: 403, reason: "rateLimitExceeded", message: "Rate Limit Exceeded" },
  { kind: "refuse", status: 503, retryAfter: "20" },
  { kind: "cut" },
  { kind: "lose-answer" },
  { kind: "lose-answer" },
  { kind: "hang" },
];
const FORBIDDEN: Fault = {
  ...{ kind: "refuse", status: 403, reason: "forbidden" },
  message: "Required 'compute.snapshots.get' permission for 'projects/acme'",
};
const LATE: readonly Fault[] = [
  { kind: "forget" },
  { kind: "fail-late", code: "INTERNAL_ERROR", message: "Internal error. Please try again." },
  { kind: "fail-late", code: "QUOTA_EXCEEDED", message: "Quota 'SNAPSHOTS' exceeded.", status: 403 },
  {
    kind: "fail-late",
    code: "RESOURCE_OPERATION_RATE_EXCEEDED",
    message: "Operation rate exceeded for resource 'd'.",
  },
];
const OF_METHOD: Readonly<Record<string, readonly Fault[]>> = {
  "disks.createSnapshot": [
    ...LATE,
    { kind: "refuse", status: 409, reason: "alreadyExists", message: "It exists." },
  ],
  "disks.insert": [...LATE, { kind: "refuse", status: 409, reason: "alreadyExists", message: "It exists." }],
  "disks.delete": LATE,
  "instances.attachDisk": LATE,
  "instances.detachDisk": LATE,
  "snapshots.delete": [...LATE, { kind: "fail-late", code: "RESOURCE_IN_USE_BY_ANOTHER_RESOURCE" }],
  "snapshots.setLabels": [
    { kind: "refuse", status: 412, reason: "conditionNotMet", message: "Labels fingerprint is invalid." },
    { kind: "fail-late", code: "CONDITION_NOT_MET" },
  ],
  "zoneOperations.wait": [{ kind: "early" }, { kind: "early" }],
  "globalOperations.wait": [{ kind: "early" }, { kind: "early" }],
};

export function randomFault(method: string, random: () => number): Fault {
  const own = OF_METHOD[method] ?? [];
  // What no waiting helps against is rare, else nothing would ever succeed.
  if (random() < 0.03) return FORBIDDEN;
  const from = own.length > 0 && random() < 0.5 ? own : ANYWHERE;
  return from[Math.floor(random() * from.length)] as Fault;
}

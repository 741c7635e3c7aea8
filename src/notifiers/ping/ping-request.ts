/**
 * What is sent to whom. Healthchecks: https://healthchecks.io/docs/http_api/, which its own server and others take as well; Uptime Kuma: the
 * address of a monitor of type Push.
 */
import { formatCount, formatDuration, formatSize } from "../../domain/human-text.ts";
import type { PingTarget } from "../../domain/ping.ts";
import type { Outcome, RunRecord } from "../../domain/run.ts";
import { bytesOf, cutMiddle } from "../cut-text.ts";

export interface PingRequest {
  method: "GET" | "POST";
  url: string;
  body: string | undefined;
}

/** What servers of Healthchecks keep of a body at least. */
const MAX_BODY_BYTES = 10_000;
/** It is part of an address. */
const MAX_MESSAGE = 250;

/** Exit statuses, as `holdfast backup` itself ends with: anything but 0 is a failure. */
const STATUS: Readonly<Partial<Record<Outcome, number>>> = { succeeded: 0, partial: 3, failed: 1 };

/** Undefined: nobody is told. */
export function startRequest(
  target: PingTarget,
  { stack, job, id }: { stack: string; job: string; id: string },
): PingRequest | undefined {
  if (target.kind === "uptime-kuma") return undefined;
  const url = addressOf(target, { stack, job }, "/start");
  url.searchParams.set("rid", id);
  return { method: "POST", url: url.href, body: undefined };
}

/** A run that was cancelled or skipped was none: Healthchecks notes it, without a verdict. */
export function endRequest(target: PingTarget, stack: string, run: RunRecord): PingRequest | undefined {
  const status = statusOf(target, run.outcome);
  if (target.kind === "uptime-kuma")
    return status === undefined ? undefined : push(target, stack, run, status);
  const url = addressOf(target, { stack, job: run.job }, status === undefined ? "/log" : `/${status}`);
  url.searchParams.set("rid", run.id);
  return {
    method: "POST",
    url: url.href,
    body: cutMiddle(summaryOf(run), { limit: MAX_BODY_BYTES, sizeOf: bytesOf }),
  };
}

function push(target: PingTarget, stack: string, run: RunRecord, status: number): PingRequest {
  const url = addressOf(target, { stack, job: run.job }, "");
  const [line = ""] = summaryOf(run).split("\n");
  const message = cutMiddle(run.reason === undefined ? line : `${line} ${run.reason}`, {
    limit: MAX_MESSAGE,
  });
  url.searchParams.set("status", status === 0 ? "up" : "down");
  url.searchParams.set("msg", message);
  url.searchParams.set("ping", String(run.durationMs));
  return { method: "GET", url: url.href, body: undefined };
}

function statusOf({ partial }: PingTarget, outcome: Outcome): number | undefined {
  return outcome === "partial" && partial === "success" ? 0 : STATUS[outcome];
}

function addressOf({ url }: PingTarget, names: { stack: string; job: string }, suffix: string): URL {
  const filled = url.replace(/\{(stack|job)\}/g, (_, name: "stack" | "job") =>
    encodeURIComponent(names[name]),
  );
  const address = new URL(filled);
  address.pathname = address.pathname.replace(/\/$/, "") + suffix;
  return address;
}

function summaryOf({
  job,
  outcome,
  durationMs,
  point,
  files,
  sourceBytes,
  stores,
  warningCount,
  reason,
}: RunRecord): string {
  const amount =
    files === undefined || sourceBytes === undefined
      ? []
      : [`${formatCount(files, "file")}, ${formatSize(sourceBytes)}`];
  return [
    `Backup of ${job}: ${outcome} in ${formatDuration(durationMs)}.`,
    ...(reason === undefined ? [] : [reason]),
    ...(point === undefined ? [] : [`Point ${point}`]),
    ...amount,
    ...stores.map(({ store, outcome: of, storedBytes, error }) =>
      of === "succeeded" ? `${store}: ${formatSize(storedBytes)} stored` : `${store}: failed. ${error ?? ""}`,
    ),
    ...(warningCount === 0 ? [] : [formatCount(warningCount, "warning")]),
  ].join("\n");
}

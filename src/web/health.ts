/** `/livez`: the process answers. `/healthz`: every job is fresh, or which is not and why. */
import { preferred } from "./accept.ts";
import { json, text, type Handler } from "./exchange.ts";
import { notFresh, starting, type Staleness } from "./freshness-words.ts";

export const livez: Handler = () => text(200, "ok");

/** 200 only if every job is fresh in each of its stores, else 503. */
export const healthz: Handler = ({ accept }, context) => {
  const status = context.status();
  const code = status.fresh && starting(status) === undefined ? 200 : 503;
  const problems = notFresh(status);
  if (preferred(accept, ["text/plain", "application/json"]) === "application/json") {
    const isStarting = starting(status) !== undefined;
    return json(code, { fresh: status.fresh, starting: isStarting, stack: status.stack, problems });
  }
  return text(
    code,
    [starting(status) ?? summaryOf(status.fresh, status.jobs.length, problems), ...problems.map(lineOf)].join(
      "\n",
    ),
  );
};

function summaryOf(fresh: boolean, jobs: number, problems: readonly Staleness[]): string {
  if (fresh) return `fresh: ${jobs} of ${jobs} jobs`;
  const affected = new Set(problems.map(({ job }) => job)).size;
  return `not fresh: ${affected} of ${jobs} jobs`;
}

/** Reasons can hold line breaks; a line here is one job in one store. */
function lineOf({ job, store, freshness, reason }: Staleness): string {
  return `${job} in ${store}: ${freshness}; ${reason}`.replace(/\p{Cc}+/gu, " ");
}

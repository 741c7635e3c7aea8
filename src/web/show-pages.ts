/** The pages for people: of the stack, and of one job. */
import { holdsDumps } from "../domain/dump-in-point.ts";
import type { CatalogPoint } from "../domain/recovery-point.ts";
import { snapshotsIn } from "../domain/snapshot-facts.ts";
import { html, type Handler } from "./exchange.ts";
import { errorPage } from "./pages/error-page.ts";
import { jobQueryOf } from "./pages/job-choice.ts";
import { jobActions, NOTICES, type Notice } from "./pages/job-actions.ts";
import { jobPage } from "./pages/job-page.ts";
import { statusPage } from "./pages/status-page.ts";
import { visitorOf } from "./visitor.ts";

export const showStack: Handler = ({ query }, context) =>
  html(
    200,
    statusPage(context.status(), {
      past: (job, since) => context.past(job, since),
      query: jobQueryOf(query),
    }),
  );

export const showJob: Handler = (request, context) => {
  const { params, query } = request;
  const status = context.status();
  const job = status.jobs.find(({ name }) => name === params["job"]);
  if (job === undefined) return html(404, errorPage("There is no such job."));
  const { mark, isTrusted } = visitorOf(request, context);
  const notice = Object.keys(NOTICES).find((name): name is Notice => name === query.get("notice"));
  const page = jobPage(status, job, {
    past: (name, since) => context.past(name, since),
    runs: (name) => context.runs(name),
    retention: (name) => context.retention(name),
    logOf: isTrusted ? (run) => context.logOf(run) : undefined,
    actions:
      context.token === undefined
        ? undefined
        : jobActions({ job: job.name, possible: context.actionsOf(job.name), notice, mark }),
    filesOf: isTrusted ? filesOf : undefined,
  });
  return html(200, page);
};

/** Undefined for a point that has none. */
function filesOf({ job, id, record }: CatalogPoint): string | undefined {
  if (holdsDumps(record) || snapshotsIn(record).length > 0) return undefined;
  return `${encodeURIComponent(job)}/points/${encodeURIComponent(id)}/files`;
}

/** The pages for people: of the stack, and of one job. */
import { html, type Handler } from "./exchange.ts";
import { errorPage } from "./pages/error-page.ts";
import { jobQueryOf } from "./pages/job-choice.ts";
import { jobPage } from "./pages/job-page.ts";
import { statusPage } from "./pages/status-page.ts";

export const showStack: Handler = ({ query }, context) =>
  html(
    200,
    statusPage(context.status(), {
      past: (job, since) => context.past(job, since),
      query: jobQueryOf(query),
    }),
  );

export const showJob: Handler = ({ params }, context) => {
  const status = context.status();
  const job = status.jobs.find(({ name }) => name === params["job"]);
  if (job === undefined) return html(404, errorPage("There is no such job."));
  return html(
    200,
    jobPage(status, job, {
      past: (name, since) => context.past(name, since),
      runs: (name) => context.runs(name),
      retention: (name) => context.retention(name),
      logOf: undefined,
      actions: undefined,
      filesOf: undefined,
    }),
  );
};

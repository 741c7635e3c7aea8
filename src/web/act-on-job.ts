/** The buttons of a job's page. */
import type { JobAction } from "./context.ts";
import { html, seeOther, type Handler } from "./exchange.ts";
import { errorPage } from "./pages/error-page.ts";
import type { Notice } from "./pages/job-actions.ts";
import { refusalOfForm } from "./visitor.ts";

export function actOnJob(action: JobAction): Handler {
  return async (request, context) => {
    const refusal = refusalOfForm(request, context);
    if (refusal !== undefined) return refusal;
    const job = request.params["job"] ?? "";
    if (!context.status().jobs.some(({ name }) => name === job)) {
      return html(404, errorPage("There is no such job."));
    }
    const result = await context.request(job, action, `page:${request.remote}`);
    const notice: Notice = result === "unknown" ? "impossible" : result === "busy" ? "busy" : "asked";
    return seeOther(`../${encodeURIComponent(job)}?notice=${notice}`);
  };
}

/** The JSON API: what the status page shows, for scripts, and one action behind a token. */
import type { WebContext } from "./context.ts";
import { json, type Handler, type Reply } from "./exchange.ts";
import { isAuthorized } from "./bearer.ts";
import { pointJson, statusJson } from "./status-json.ts";

export const apiStatus: Handler = (_request, context) => json(200, statusJson(context.status()));

/** Newest first, over all stores of the job. */
export const apiPoints: Handler = async ({ params }, context) => {
  const job = params["job"] ?? "";
  if (!context.status().jobs.some(({ name }) => name === job)) return unknownJob(job);
  const points = [...(await context.points(job))].sort((a, b) => b.startedAt - a.startedAt);
  return json(200, { job, points: points.map(pointJson) });
};

/** Starts a backup. Whoever has no token learns nothing, not even which jobs there are. */
export const apiRun: Handler = async ({ params, authorization, remote }, context) => {
  const refusal = refusalOf(authorization, context);
  if (refusal !== undefined) return refusal;
  const job = params["job"] ?? "";
  const result = await context.request(job, "run", `api:${remote}`);
  if (result === "unknown") return unknownJob(job);
  if (result === "busy") return apiError(409, "busy", `Job ${job} is running or queued already.`);
  return json(202, { job, runId: result.runId });
};

export function apiError(
  status: number,
  code: string,
  message: string,
  headers: Record<string, string> = {},
): Reply {
  return json(status, { error: { code, message } }, headers);
}

function refusalOf(authorization: string | undefined, { token }: WebContext): Reply | undefined {
  if (token === undefined) {
    return apiError(
      403,
      "disabled",
      "Starting runs over HTTP is off; set http.token in the config to allow it.",
    );
  }
  if (isAuthorized(authorization, token)) return undefined;
  const challenge = { "WWW-Authenticate": 'Bearer realm="holdfast"' };
  return apiError(401, "unauthorized", "Send the header `Authorization: Bearer <http.token>`.", challenge);
}

function unknownJob(job: string): Reply {
  return apiError(404, "unknown-job", `There is no job ${job}.`);
}

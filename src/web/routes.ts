/** Which handler answers which path and method. Paths are matched by whole segments; nothing here names a file. */
import { actOnJob } from "./act-on-job.ts";
import { preferred } from "./accept.ts";
import { apiError, apiPoints, apiRun, apiStatus } from "./api.ts";
import { JOB_ACTIONS, type WebContext } from "./context.ts";
import { html, text, type Handler, type Reply, type WebRequest } from "./exchange.ts";
import { healthz, livez } from "./health.ts";
import { liveScript } from "./live-script.ts";
import { errorPage } from "./pages/error-page.ts";
import { downloadFile, showFiles } from "./show-files.ts";
import { showJob, showStack } from "./show-pages.ts";
import { askForToken, signIn, signOut } from "./sign-in.ts";

interface Route {
  /** `:name` matches one segment. */
  path: string;
  methods: Readonly<Record<string, Handler>>;
}

const metrics: Handler = async ({ accept }, context) => {
  const form = preferred(accept, ["text/plain", "application/openmetrics-text"]);
  const metricsIn = form === "text/plain" ? "text" : "openmetrics";
  return { status: 200, headers: { Vary: "Accept" }, ...(await context.metrics(metricsIn)) };
};

const ROUTES: readonly Route[] = [
  { path: "/", methods: { GET: showStack } },
  { path: "/live.js", methods: { GET: liveScript } },
  { path: "/jobs/:job", methods: { GET: showJob } },
  ...JOB_ACTIONS.map((action) => ({ path: `/jobs/:job/${action}`, methods: { POST: actOnJob(action) } })),
  { path: "/jobs/:job/points/:point/files", methods: { GET: showFiles } },
  { path: "/jobs/:job/points/:point/file", methods: { GET: downloadFile } },
  { path: "/sign-in", methods: { GET: askForToken, POST: signIn } },
  { path: "/sign-out", methods: { POST: signOut } },
  { path: "/metrics", methods: { GET: metrics } },
  { path: "/livez", methods: { GET: livez } },
  { path: "/healthz", methods: { GET: healthz } },
  { path: "/api/v1/status", methods: { GET: apiStatus } },
  { path: "/api/v1/jobs/:job/points", methods: { GET: apiPoints } },
  { path: "/api/v1/jobs/:job/run", methods: { POST: apiRun } },
];

/** HEAD is answered as GET is; the server leaves the body out. */
export async function route(request: WebRequest, context: WebContext): Promise<Reply> {
  for (const { path, methods } of ROUTES) {
    const params = match(path, request.path);
    if (params === undefined) continue;
    const handler = methods[request.method === "HEAD" ? "GET" : request.method];
    if (handler !== undefined) return handler({ ...request, params }, context);
    const allow = Object.keys(methods).flatMap((method) => (method === "GET" ? ["GET", "HEAD"] : [method]));
    const refusal = errorReply(request, 405, "method-not-allowed", `Only ${allow.join(" and ")} work here.`);
    return { ...refusal, headers: { Allow: allow.join(", ") } };
  }
  return errorReply(request, 404, "not-found", "There is nothing at this address.");
}

/** An error in the form that the client reads: JSON under /api, else as it asks. */
export function errorReply(
  { path, accept }: Pick<WebRequest, "path" | "accept">,
  status: number,
  code: string,
  message: string,
): Reply {
  const type = path.startsWith("/api/")
    ? "application/json"
    : preferred(accept, ["text/plain", "text/html", "application/json"]);
  if (type === "application/json") return apiError(status, code, message);
  return type === "text/html" ? html(status, errorPage(message)) : text(status, message);
}

function match(pattern: string, path: string): Record<string, string> | undefined {
  const expected = pattern.split("/");
  const segments = path.split("/");
  if (segments.length !== expected.length) return undefined;
  const params: Record<string, string> = {};
  for (const [at, name] of expected.entries()) {
    const segment = segments[at] ?? "";
    if (name.startsWith(":")) {
      const value = decoded(segment);
      if (value === undefined || value === "") return undefined;
      params[name.slice(1)] = value;
    } else if (name !== segment) return undefined;
  }
  return params;
}

function decoded(segment: string): string | undefined {
  try {
    return decodeURIComponent(segment);
  } catch {
    return undefined;
  }
}

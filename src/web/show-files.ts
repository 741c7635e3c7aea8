/** Looking into points, and downloading a file of one: only for whoever has the token. */
import { attachmentNamed, bytesIn } from "./byte-path.ts";
import type { WebContext } from "./context.ts";
import { html, type Handler, type Reply, type WebRequest } from "./exchange.ts";
import { heldBack } from "./held-back.ts";
import { errorPage } from "./pages/error-page.ts";
import { filesPage } from "./pages/files-page.ts";
import { visitorOf } from "./visitor.ts";

export const showFiles: Handler = async (request, context) => {
  const refusal = refusalOfReading(request, context);
  if (refusal !== undefined) return refusal;
  const { job = "", point = "" } = request.params;
  const path = bytesIn(request.rawQuery, "path") ?? ".";
  const after = bytesIn(request.rawQuery, "after");
  const listing = await context.files({ job, point, path, after, signal: request.signal });
  return html(200, filesPage({ job, point, path, listing }));
};

export const downloadFile: Handler = async (request, context) => {
  const refusal = refusalOfReading(request, context);
  if (refusal !== undefined) return refusal;
  const { job = "", point = "" } = request.params;
  const path = bytesIn(request.rawQuery, "path") ?? "";
  const file = await context.file({ job, point, path, signal: request.signal });
  return {
    status: 200,
    contentType: "application/octet-stream",
    headers: { "Content-Disposition": attachmentNamed(path) },
    body: { size: file.size, chunks: heldBack(file.chunks) },
  };
};

function refusalOfReading(request: WebRequest, context: WebContext): Reply | undefined {
  if (visitorOf(request, context).isTrusted) return undefined;
  if (context.token === undefined) {
    return html(403, errorPage("Files can be seen here only where the config has an http.token."));
  }
  return html(401, errorPage("Sign in to see the files of points."));
}

/** What the child process of an export does with its one request. */
import { messageOf } from "../../../domain/errors.ts";
import { serveRequest } from "../../child/serve-request.ts";
import { openCapture } from "../check/open-capture.ts";
import { CAPTURE, quoted, text } from "../check/sql-words.ts";
import { exportRequestSchema, type ExportReply, type ExportRequest } from "./export-request.ts";

const MOST_MESSAGE = 600;

export async function serveExport(): Promise<void> {
  await serveRequest(async (request) => exportCapture(exportRequestSchema.parse(request)));
}

async function exportCapture(request: ExportRequest): Promise<ExportReply> {
  try {
    const connection = await openCapture({ ...request, writable: request.to });
    await connection.run(`EXPORT DATABASE ${quoted(CAPTURE)} TO ${text(request.to)} (FORMAT parquet)`);
    return {};
  } catch (error) {
    return { refused: messageOf(error).slice(0, MOST_MESSAGE) };
  }
}

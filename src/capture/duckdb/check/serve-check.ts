/** What the child process of a check does with its one request. */
import { serveRequest } from "../../child/serve-request.ts";
import { openAndScan } from "./open-and-scan.ts";
import { scanRequestSchema } from "./scan-request.ts";

export async function serveCheck(): Promise<void> {
  await serveRequest(async (request) => openAndScan(scanRequestSchema.parse(request)));
}

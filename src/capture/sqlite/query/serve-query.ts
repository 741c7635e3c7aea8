/** What the child process of a query does with its one request. */
import { serveRequest } from "../../child/serve-request.ts";
import { queryRequestSchema } from "../../query/query-request.ts";
import { askCopy } from "./ask-copy.ts";

export async function serveQuery(): Promise<void> {
  await serveRequest(async (request) => askCopy(queryRequestSchema.parse(request)));
}

/** Several requests of one of Google's JSON APIs in one, and their answers: https://cloud.google.com/compute/docs/api/how-tos/batch */
import type { ServerResponse } from "node:http";

export const JSON_TYPE = "application/json; charset=UTF-8";

export interface Asked {
  method: string;
  /** From the path on. */
  url: string;
  content: string;
}

export interface Reply {
  status: number;
  headers?: Record<string, string>;
  body: Record<string, unknown>;
}

interface Part extends Asked {
  /** `<who+which>` */
  contentId: string;
}

/** `type`: the content type of the whole, which tells what stands between its parts. */
export function requestsOf(type: string, content: string): Part[] {
  const boundary = /^multipart\/mixed; boundary="?([^"]+)"?$/.exec(type)?.[1];
  if (boundary === undefined) throw new Error(`no batch: ${type}`);
  const parts = content.replaceAll("\r\n", "\n").split(`--${boundary}`).slice(1, -1);
  return parts.map(partOf);
}

/** Its own headers, the request line, the request's headers, the request's content. */
function partOf(part: string): Part {
  const [own = "", head = "", ...content] = part.split("\n\n");
  const contentId = /^content-id: (<.+>)$/im.exec(own)?.[1];
  const [, method, url] = /^([A-Z]+) (\/\S+) HTTP\/1\.1$/m.exec(head) ?? [];
  if (contentId === undefined || method === undefined || url === undefined) {
    throw new Error(`no part of a batch: ${part}`);
  }
  return { contentId, method, url, content: content.join("\n\n").trim() };
}

export function sendBatch(response: ServerResponse, parts: readonly Part[], replies: readonly Reply[]): void {
  const boundary = "batch_of_answers";
  const texts = replies.map(({ status, body }, index) =>
    [
      ...[`--${boundary}`, "Content-Type: application/http"],
      ...[`Content-ID: ${(parts[index]?.contentId ?? "").replace("<", "<response-")}`, ""],
      ...[`HTTP/1.1 ${status} `, `Content-Type: ${JSON_TYPE}`, "", JSON.stringify(body), ""],
    ].join("\r\n"),
  );
  response.writeHead(200, { "content-type": `multipart/mixed; boundary=${boundary}` });
  response.end(`${texts.join("")}--${boundary}--\r\n`);
}

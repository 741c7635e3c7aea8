/** A part of an answer's content, as the header `range` asks for it. */
import type { Answer } from "./fake-api.ts";

export function ranged(answer: Answer, range: string | undefined): Answer {
  const { body, headers } = answer;
  if (range === undefined || !(body instanceof Buffer)) return answer;
  const [, from = "", to = ""] = /^bytes=(\d+)-(\d*)$/.exec(range) ?? [];
  if (from === "") throw new Error(`a range that the store should not ask for: ${range}`);
  const start = Number(from);
  const end = Math.min(to === "" ? Infinity : Number(to) + 1, body.byteLength);
  if (start >= body.byteLength) {
    const body416 = Buffer.from("The requested range cannot be satisfied.");
    return { status: 416, body: body416, headers: { "content-range": `bytes */${body.byteLength}` } };
  }
  const contentRange = `bytes ${start}-${end - 1}/${body.byteLength}`;
  return {
    status: 206,
    body: body.subarray(start, end),
    headers: { ...headers, "content-range": contentRange },
  };
}

/**
 * A message as ntfy publishes JSON (https://docs.ntfy.sh/publish/#publish-as-json). A server makes an attachment of a message above
 * 4096 bytes, and takes twice that of JSON.
 */
import type { AlertMessage } from "../../domain/alerts.ts";
import { bytesOf, cutEnd, cutMiddle } from "../cut-text.ts";
import { partsOf } from "../message-parts.ts";

/** In bytes of UTF-8; JSON at most doubles them. */
const TITLE_LIMIT = 240;
const BODY_LIMIT = 2200;
const NEXT_LIMIT = 600;
const ABOUT_LIMIT = 300;

export interface NtfyPayload {
  topic: string;
  title: string;
  message: string;
  /** 1 to 5. */
  priority: number;
  tags: string[];
}

export function ntfyPayload(
  message: AlertMessage,
  { topic, tags }: { topic: string; tags: readonly string[] },
): NtfyPayload {
  const { headline, body, next, about } = partsOf(message);
  const parts = [
    cutMiddle(body.trim(), { limit: BODY_LIMIT, sizeOf: bytesOf }),
    next.trim() === "" ? "" : `Next: ${cutMiddle(next, { limit: NEXT_LIMIT, sizeOf: bytesOf })}`,
    cutEnd(about.join(" · "), { limit: ABOUT_LIMIT, sizeOf: bytesOf }),
  ];
  return {
    topic,
    title: cutEnd(headline, { limit: TITLE_LIMIT, sizeOf: bytesOf }),
    message: parts.filter((part) => part !== "").join("\n\n"),
    priority: priorityOf(message),
    tags: ["holdfast", ...tags],
  };
}

/** What begins and is critical wakes somebody; what is over makes no noise. */
function priorityOf({ event, problem }: AlertMessage): number {
  if (event === "firing") return problem.severity === "critical" ? 5 : 4;
  if (event === "repeated") return problem.severity === "critical" ? 4 : 3;
  return event === "resolved" ? 2 : 3;
}

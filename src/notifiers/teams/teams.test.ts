import { describe, expect, it } from "vitest";
import { describeNotifierContract } from "../../../test/contract/notifier-contract.ts";
import { alertMessage, longMessage } from "../../../test/contract/odd-messages.ts";
import { teamsPayload, type TeamsPayload } from "./payload.ts";
import { createTeamsNotifier } from "./teams.ts";

/** https://learn.microsoft.com/microsoftteams/platform/webhooks-and-connectors/how-to/connectors-using */
const LARGEST_MESSAGE = 28 * 1024;

describeNotifierContract("teams", (url, clock) => createTeamsNotifier("ops", { url }, { clock }), {
  accepted: { status: 202, body: "" },
  check: ({ body }) => {
    expect(Buffer.byteLength(body)).toBeLessThanOrEqual(LARGEST_MESSAGE);
    const { type, attachments } = JSON.parse(body) as TeamsPayload;
    expect(type).toBe("message");
    expect(attachments).toHaveLength(1);
    const { contentType, content } = attachments[0];
    expect(contentType).toBe("application/vnd.microsoft.card.adaptive");
    expect(content).toMatchObject({ type: "AdaptiveCard", version: "1.4" });
    // Markdown is read in a TextBlock alone.
    for (const block of content.body) expect(block.type).toBe("RichTextBlock");
    for (const { inlines } of content.body) for (const { text } of inlines) expect(text).not.toBe("");
  },
});

const textsOf = ({ attachments }: TeamsPayload) =>
  attachments[0].content.body.map(({ inlines }) => inlines.map(({ text }) => text).join(""));

describe("a Teams message", () => {
  it("has a headline, the detail, the next step and where it is from", () => {
    expect(textsOf(teamsPayload(alertMessage()))).toEqual([
      "🔴 Backup of data is stale in local",
      "The last good point there is 50 h old.",
      "Next: Run `holdfast backup data`.",
      "stack analytics · critical · since 2026-11-20 09:00 UTC · alert alert-1",
    ]);
  });

  it("has a block for each line, and not too many", () => {
    const detail = (lines: number) => Array.from({ length: lines }, (_, at) => `line ${at}`).join("\n");
    const count = (lines: number) =>
      textsOf(teamsPayload(alertMessage({ problem: { ...alertMessage().problem, detail: detail(lines) } })))
        .length;
    expect([count(1), count(9), count(900)]).toEqual([4, 12, 64]);
  });

  it("keeps most of a long reason", () => {
    expect(JSON.stringify(teamsPayload(longMessage())).length).toBeGreaterThan(6000);
  });
});

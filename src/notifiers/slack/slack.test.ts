import { describe, expect, it } from "vitest";
import { describeNotifierContract } from "../../../test/contract/notifier-contract.ts";
import { alertMessage } from "../../../test/contract/odd-messages.ts";
import type { AlertMessage, Problem } from "../../domain/alerts.ts";
import { slackPayload, type SlackPayload } from "./payload.ts";
import { createSlackNotifier } from "./slack.ts";

describeNotifierContract("slack", (url, clock) => createSlackNotifier("ops", { url }, { clock }), {
  check: ({ body }) => expectSlackLimits(JSON.parse(body) as SlackPayload),
});

/** https://docs.slack.dev/reference/block-kit/blocks */
function expectSlackLimits(payload: SlackPayload): void {
  expect(payload.blocks.length).toBeLessThanOrEqual(50);
  expect(payload.text.length).toBeLessThanOrEqual(1000);
  for (const block of payload.blocks) {
    if (block.type === "header") expect(block.text.text.length).toBeLessThanOrEqual(150);
    if (block.type === "section") expect(block.text.text.length).toBeLessThanOrEqual(3000);
    if (block.type === "context") expect(block.elements.length).toBeLessThanOrEqual(10);
  }
  for (const each of [payload.text, ...textsOf(payload)]) {
    expect(each.trim()).not.toBe("");
    expect(each.replace(/&(amp|lt|gt);/g, "")).not.toMatch(/[&<>]/);
  }
}

const saying = (problem: Partial<Problem>, more: Partial<AlertMessage> = {}) =>
  slackPayload(alertMessage({ ...more, problem: { ...alertMessage().problem, ...problem } }));
const textsOf = ({ blocks }: SlackPayload) =>
  blocks.flatMap((block) =>
    (block.type === "context" ? block.elements : [block.text]).map(({ text }) => text),
  );

describe("a Slack message", () => {
  it("has a header, the detail, the next step and where it is from", () => {
    expect(slackPayload(alertMessage())).toEqual({
      text: "🔴 Backup of data is stale in local. The last good point there is 50 h old.",
      blocks: [
        {
          type: "header",
          text: { type: "plain_text", text: "🔴 Backup of data is stale in local", emoji: true },
        },
        {
          type: "section",
          text: { type: "mrkdwn", text: "The last good point there is 50 h old.", verbatim: true },
        },
        {
          type: "section",
          text: { type: "mrkdwn", text: "*Next:* Run `holdfast backup data`.", verbatim: true },
        },
        {
          type: "context",
          elements: ["stack analytics", "critical", "since 2026-11-20 09:00 UTC", "alert alert-1"].map(
            (text) => ({
              ...{ type: "mrkdwn", text, verbatim: true },
            }),
          ),
        },
      ],
    });
  });

  it.each([
    ["firing", "critical", "🔴 Backup"],
    ["firing", "warning", "🟠 Backup"],
    ["repeated", "critical", "🔴 Still: Backup"],
    ["resolved", "critical", "🟢 Resolved: Backup"],
    ["test", "warning", "🔵 Test: Backup"],
  ] as const)("that is %s and %s begins with %s", (event, severity, beginning) => {
    expect(textsOf(saying({ severity }, { event }))[0]).toMatch(new RegExp(`^${beginning}`));
  });

  it("says how long what is over has lasted, and asks for nothing", () => {
    const texts = textsOf(saying({}, { event: "resolved" }));
    expect(texts[1]).toBe("It is over after 3 h. It was: The last good point there is 50 h old.");
    expect(texts.join()).not.toContain("Next");
  });

  it("escapes what Slack would take for markup", () => {
    const { text, blocks } = saying({ title: "a & b", detail: "<!channel> &amp;", next: "a > b" });
    expect(text).toBe("🔴 a &amp; b. &lt;!channel&gt; &amp;amp;");
    expect(JSON.stringify(blocks)).not.toMatch(/[<>]/);
  });

  it("keeps the beginning and the end of a long detail, and the next step whole", () => {
    const texts = textsOf(saying({ detail: `what failed ${"& so on ".repeat(5000)} and why` }));
    expect(texts[1]).toMatch(/^what failed &amp; .* … .* and why$/);
    expect(texts[1]?.length).toBeGreaterThan(2900);
    expect(texts[2]).toBe("*Next:* Run `holdfast backup data`.");
  });

  it("tells a title that does not fit the header in full below it", () => {
    const title = `Backup of ${"very-".repeat(40)}long-name is stale`;
    const texts = textsOf(saying({ title }));
    expect(texts[0]).toMatch(/^🔴 Backup of very-.*…$/);
    expect(texts[1]).toContain(title);
  });

  it("has no empty section, which Slack refuses", () => {
    expect(saying({ detail: " ", next: "" }).blocks.map((block) => block.type)).toEqual([
      "header",
      "context",
    ]);
  });
});

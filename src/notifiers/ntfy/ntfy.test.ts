import { describe, expect, it } from "vitest";
import { describeNotifierContract } from "../../../test/contract/notifier-contract.ts";
import { alertMessage, longMessage } from "../../../test/contract/odd-messages.ts";
import { createNtfyNotifier } from "./ntfy.ts";
import { ntfyPayload, type NtfyPayload } from "./payload.ts";

const target = { topic: "SECRET_topic", token: "tk_SECRET-token", tags: ["shop"] };

describeNotifierContract(
  "ntfy",
  (url, clock) => createNtfyNotifier("ops", { ...target, topic: "ops-alerts", url }, { clock }),
  {
    check: ({ body, headers }) => {
      // A server takes twice its limit of messages as JSON.
      expect(Buffer.byteLength(body)).toBeLessThanOrEqual(2 * 4096);
      expect(headers.authorization).toBe("Bearer tk_SECRET-token");
      const { topic, title, message, priority, tags } = JSON.parse(body) as NtfyPayload;
      expect(topic).toBe("ops-alerts");
      expect(Buffer.byteLength(message)).toBeLessThanOrEqual(4096);
      expect(message.trim()).not.toBe("");
      expect(Buffer.byteLength(title)).toBeLessThanOrEqual(250);
      expect(priority).toBeGreaterThanOrEqual(1);
      expect(priority).toBeLessThanOrEqual(5);
      expect(tags).toEqual(["holdfast", "shop"]);
    },
  },
);

describe("an ntfy message", () => {
  it("has a title, the detail, the next step and where it is from", () => {
    expect(ntfyPayload(alertMessage(), target)).toEqual({
      topic: "SECRET_topic",
      title: "🔴 Backup of data is stale in local",
      message: [
        "The last good point there is 50 h old.",
        "Next: Run `holdfast backup data`.",
        "stack analytics · critical · since 2026-11-20 09:00 UTC · alert alert-1",
      ].join("\n\n"),
      priority: 5,
      tags: ["holdfast", "shop"],
    });
  });

  it.each([
    ["firing", "critical", 5],
    ["firing", "warning", 4],
    ["repeated", "critical", 4],
    ["repeated", "warning", 3],
    ["resolved", "critical", 2],
    ["test", "warning", 3],
  ] as const)("that is %s and %s has priority %d", (event, severity, priority) => {
    const problem = { ...alertMessage().problem, severity };
    expect(ntfyPayload(alertMessage({ event, problem }), target).priority).toBe(priority);
  });

  it("keeps most of a long reason", () => {
    expect(ntfyPayload(longMessage(), target).message.length).toBeGreaterThan(2000);
  });
});

import { createHmac } from "node:crypto";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { describeNotifierContract } from "../../../test/contract/notifier-contract.ts";
import { alertMessage } from "../../../test/contract/odd-messages.ts";
import { FakeClock } from "../../../test/fakes/fake-clock.ts";
import { startReceiver, type Receiver } from "../../../test/fakes/receiver.ts";
import { createWebhookNotifier, type WebhookTarget } from "./webhook.ts";

describeNotifierContract("webhook", (url, clock) => createWebhookNotifier("pager", { url }, { clock }));

describe("a webhook", () => {
  const signal = new AbortController().signal;
  let receiver: Receiver;
  beforeEach(async () => void (receiver = await startReceiver()));
  afterEach(() => receiver.close());
  const send = async (target: Partial<WebhookTarget>, message = alertMessage()) => {
    const clock = new FakeClock("2026-11-20T12:34:56.789Z");
    await createWebhookNotifier("pager", { url: receiver.url, ...target }, { clock }).send(message, {
      signal,
    });
    return receiver.requests.at(-1)!;
  };

  it("receives the documented body", async () => {
    const { body } = await send({});
    expect(JSON.parse(body)).toEqual({
      version: 1,
      event: "firing",
      id: "alert-1",
      stack: "analytics",
      condition: "stale",
      job: "data",
      store: "local",
      severity: "critical",
      title: "Backup of data is stale in local",
      detail: "The last good point there is 50 h old.",
      next: "Run `holdfast backup data`.",
      since: "2026-11-20T09:00:00.000Z",
      at: "2026-11-20T12:00:00.000Z",
    });
  });

  it("has null where a condition is not about a job or a store", async () => {
    const problem = {
      condition: "disk-low",
      severity: "warning",
      title: "t",
      detail: "d",
      next: "n",
    } as const;
    const { body } = await send({}, alertMessage({ problem }));
    expect(JSON.parse(body)).toMatchObject({ job: null, store: null });
  });

  it("is signed over time and body with the shared secret", async () => {
    const { headers, body } = await send({ secret: "s3cret-key" });
    const timestamp = String(Date.parse("2026-11-20T12:34:56Z") / 1000);
    const expected = createHmac("sha256", "s3cret-key").update(`${timestamp}.${body}`).digest("hex");
    expect(headers["x-holdfast-timestamp"]).toBe(timestamp);
    expect(headers["x-holdfast-signature"]).toBe(`sha256=${expected}`);
  });

  it("is not signed without a secret", async () => {
    const { headers } = await send({});
    expect(Object.keys(headers).filter((name) => name.startsWith("x-holdfast"))).toEqual([]);
  });

  it("receives the configured headers, which cannot replace the signature or the content type", async () => {
    const headers = {
      Authorization: "Bearer abc",
      "X-Holdfast-Signature": "forged",
      "Content-Type": "text/plain",
    };
    const request = await send({ secret: "s3cret-key", headers });
    expect(request.headers.authorization).toBe("Bearer abc");
    expect(request.headers["content-type"]).toBe("application/json");
    expect(request.headers["x-holdfast-signature"]).toMatch(/^sha256=[0-9a-f]{64}$/);
  });

  it("takes credentials from its address into a header", async () => {
    const url = receiver.url.replace("//", "//alice:p%40ss@");
    const { headers } = await send({ url });
    expect(headers.authorization).toBe(`Basic ${Buffer.from("alice:p@ss").toString("base64")}`);
  });

  it("never tells secret or headers in an error, also when the receiver quotes them", async () => {
    receiver.answer({ status: 400, body: "got s3cret-key and Bearer and tok3n-abc" });
    const target = { secret: "s3cret-key", headers: { authorization: "Bearer tok3n-abc" } };
    await expect(send(target)).rejects.toThrow("answered 400 (got … and … and …)");
  });

  it("that is no URL is an error without it", async () => {
    await expect(send({ url: "not a url" })).rejects.toThrow(
      /^Notifying channel pager failed: the configured address is not a URL\.$/,
    );
  });
});

/** A webhook that keeps the alerts it is sent. */
import { onTestFinished } from "vitest";

import type { WebhookBody } from "../../src/notifiers/webhook/payload.ts";
import { startReceiver, type Receiver } from "../fakes/receiver.ts";
import { waitUntil } from "./wait-until.ts";

export class AlertInbox {
  readonly receiver: Receiver;

  constructor(receiver: Receiver) {
    this.receiver = receiver;
  }

  /** For the config. */
  get channels() {
    return { hook: { kind: "webhook", url: this.receiver.url } };
  }

  /** Those about one condition, oldest first. */
  about(condition: string): WebhookBody[] {
    return this.receiver.requests
      .map(({ body }) => JSON.parse(body) as WebhookBody)
      .filter((message) => message.condition === condition);
  }

  /** What was told once, oldest first. */
  get notes(): WebhookBody[] {
    return this.receiver.requests
      .map(({ body }) => JSON.parse(body) as WebhookBody)
      .filter(({ event }) => event === "note");
  }

  /** Waits for an event about the condition that comes after the first `seen` messages about it. */
  async next(condition: string, event: WebhookBody["event"], seen = 0): Promise<WebhookBody> {
    return waitUntil(`${event} about ${condition}`, () =>
      this.about(condition)
        .slice(seen)
        .find((message) => message.event === event),
    );
  }
}

export async function alertInbox(): Promise<AlertInbox> {
  const receiver = await startReceiver();
  onTestFinished(() => receiver.close());
  return new AlertInbox(receiver);
}

import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { describeNotifierContract } from "../../../test/contract/notifier-contract.ts";
import { alertMessage } from "../../../test/contract/odd-messages.ts";
import { FakeClock } from "../../../test/fakes/fake-clock.ts";
import { startReceiver, type Receiver } from "../../../test/fakes/receiver.ts";
import { openMemoryState } from "../../state/sqlite-state.ts";
import { createSlackBotNotifier } from "./slack-bot.ts";

const target = { token: "xoxb-SECRET", channel: "C0123456789" };
const ACCEPTED = { status: 200, body: '{"ok":true,"channel":"C0123456789","ts":"1700000000.000100"}' };

describeNotifierContract(
  "slack bot",
  (api, clock) =>
    createSlackBotNotifier("ops", { ...target, api }, { clock, notes: openMemoryState().notes }),
  {
    accepted: ACCEPTED,
    check: ({ body, path, headers }) => {
      expect(path.endsWith("/chat.postMessage")).toBe(true);
      expect(headers.authorization).toBe("Bearer xoxb-SECRET");
      expect(JSON.parse(body)).toMatchObject({ channel: "C0123456789", unfurl_links: false });
    },
  },
);

describe("a Slack bot", () => {
  const signal = new AbortController().signal;
  const { notes } = openMemoryState();
  let receiver: Receiver;
  beforeEach(async () => {
    receiver = await startReceiver();
    receiver.answer(ACCEPTED);
  });
  afterEach(() => receiver.close());
  const bot = () =>
    createSlackBotNotifier("ops", { ...target, api: receiver.url }, { clock: new FakeClock(), notes });
  const send = (...events: ("firing" | "repeated" | "resolved")[]) =>
    Promise.all(events.map((event) => bot().send(alertMessage({ event }), { signal })));
  const threads = () =>
    receiver.requests.map(({ body }) => {
      const { thread_ts, reply_broadcast } = JSON.parse(body) as Record<string, unknown>;
      return [thread_ts, reply_broadcast];
    });

  it("tells the rest of an alert in the thread of its beginning, its end in the channel, too", async () => {
    for (const event of ["firing", "repeated", "resolved", "firing"] as const) await send(event);
    expect(threads()).toEqual([
      [undefined, undefined],
      ["1700000000.000100", false],
      ["1700000000.000100", true],
      [undefined, undefined],
    ]);
  });

  it.each([
    ["channel_not_found", false, /; check the channel's `channel`, and invite the bot to it\.$/],
    ["not_in_channel", false, /invite the bot/],
    ["invalid_auth", false, /; check the channel's `token`: it needs the scope chat:write\.$/],
    ["ratelimited", true, /Slack answered ratelimited\.$/],
    ["internal_error", true, /Slack answered internal_error\.$/],
  ])("takes %s for what it is, though Slack answers 200", async (error, transient, sentence) => {
    receiver.answer({ status: 200, body: JSON.stringify({ ok: false, error }) });
    const sending = bot().send(alertMessage({ id: error }), { signal });
    await expect(sending).rejects.toMatchObject({ transient });
    await expect(bot().send(alertMessage({ id: error }), { signal })).rejects.toThrow(sentence);
  });
});

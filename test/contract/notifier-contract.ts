/** What every notifier that speaks HTTP does, whatever it says. */
import { inspect } from "node:util";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import type { AlertEvent, AlertMessage } from "../../src/domain/alerts.ts";
import { causeChain, HoldfastError } from "../../src/domain/errors.ts";
import { DAY, HOUR, MINUTE, SECOND } from "../../src/domain/instant.ts";
import type { Clock } from "../../src/ports/clock.ts";
import type { Notifier } from "../../src/ports/notifier.ts";
import { FakeClock } from "../fakes/fake-clock.ts";
import { SECRET_PATH, startReceiver, type Receiver, type ReceiverAnswer } from "../fakes/receiver.ts";

export function alertMessage(overrides: Partial<AlertMessage> = {}): AlertMessage {
  const at = Date.parse("2026-11-20T12:00:00Z");
  return {
    id: "alert-1",
    event: "firing",
    stack: "analytics",
    problem: {
      condition: "stale",
      job: "data",
      store: "local",
      severity: "critical",
      title: "Backup of data is stale in local",
      detail: "The last good point there is 50 h old.",
      next: "Run `holdfast backup data`.",
    },
    since: at - 3 * HOUR,
    at,
    ...overrides,
  };
}

export function describeNotifierContract(
  kind: string,
  create: (url: string, clock: Clock) => Notifier,
): void {
  describe(`the ${kind} notifier`, () => {
    let receiver: Receiver;
    let clock: FakeClock;
    let notifier: Notifier;
    const never = new AbortController().signal;
    beforeEach(async () => {
      receiver = await startReceiver();
      clock = new FakeClock("2026-11-20T12:00:00Z");
      notifier = create(receiver.url, clock);
    });
    afterEach(() => receiver.close());

    const send = (message = alertMessage(), signal = never) => notifier.send(message, { signal });
    async function failure(answer?: ReceiverAnswer): Promise<HoldfastError> {
      if (answer !== undefined) receiver.answer(answer);
      const error: unknown = await send().then(
        () => expect.unreachable("it was accepted"),
        (reason: unknown) => reason,
      );
      expect(error).toBeInstanceOf(HoldfastError);
      return error as HoldfastError;
    }

    it.each<AlertEvent>(["firing", "repeated", "resolved", "test"])(
      "delivers a %s message as one JSON POST",
      async (event) => {
        await send(alertMessage({ event }));
        expect(receiver.requests).toHaveLength(1);
        const [request] = receiver.requests;
        expect(request).toMatchObject({ method: "POST", path: SECRET_PATH });
        expect(request?.headers["content-type"]).toBe("application/json");
        const everything = JSON.stringify(JSON.parse(request?.body ?? ""));
        expect(everything).toContain("Backup of data is stale in local");
        expect(everything).toContain("analytics");
        expect(everything).not.toContain("SECRET");
      },
    );

    it.each([200, 202, 204])("takes %d for accepted", async (status) => {
      receiver.answer({ status });
      await expect(send()).resolves.toBeUndefined();
    });

    it.each([408, 425, 429, 500, 502, 503])("may try again after %d", async (status) => {
      expect(await failure({ status })).toMatchObject({ code: "notifier", transient: true });
    });

    it.each([300, 400, 401, 403, 404, 410, 413])("need not try again after %d", async (status) => {
      const error = await failure({ status, body: "invalid_payload" });
      expect(error).toMatchObject({ code: "notifier", transient: false });
      expect(error.message).toContain(`answered ${status} (invalid_payload); `);
    });

    it.each([301, 302, 303, 307, 308])("does not follow a redirect (%d) to another host", async (status) => {
      const other = await startReceiver();
      const error = await failure({ status, headers: { location: other.url } });
      expect(error).toMatchObject({ code: "notifier", transient: false });
      expect(other.requests).toEqual([]);
      await other.close();
    });

    it.each([
      ["seconds", "90", 90 * SECOND],
      ["a date", "Fri, 20 Nov 2026 12:05:00 GMT", 5 * MINUTE],
      ["a date that is over", "Fri, 20 Nov 2026 11:05:00 GMT", undefined],
      ["rubbish", "soon", undefined],
    ])("hands on for how long it is asked to wait: %s", async (_name, value, expected) => {
      const error = await failure({ status: 429, headers: { "retry-after": value } });
      expect(error.facts.retryAfter).toBe(expected);
    });

    it("may try again when the connection is closed, or refused", async () => {
      expect(await failure("close")).toMatchObject({ code: "notifier", transient: true });
      await receiver.close();
      expect((await failure()).message).toMatch(/failed: the connection was refused\.$/);
    });

    it.each<ReceiverAnswer>(["hang", "hang in the body"])(
      "may try again when the answer is to %s",
      async (answer) => {
        receiver.answer(answer);
        const sending = failure();
        await receiver.received(1);
        await clock.advance(MINUTE);
        expect(await sending).toMatchObject({ code: "notifier", transient: true });
        expect(clock.sleeping).toBe(0);
      },
    );

    it("stops at once when it is cancelled, before and while it waits", async () => {
      receiver.answer("hang");
      const stop = new AbortController();
      const sending = send(alertMessage(), stop.signal).catch((error: unknown) => error);
      await receiver.received(1);
      stop.abort();
      expect(await sending).toMatchObject({ code: "cancelled" });
      await expect(send(alertMessage(), stop.signal)).rejects.toMatchObject({ code: "cancelled" });
      expect(receiver.requests).toHaveLength(1);
      expect(clock.sleeping).toBe(0);
    });

    it("leaves no timer behind", async () => {
      await send();
      await failure({ status: 500 });
      expect(clock.sleeping).toBe(0);
    });

    it("never tells the address in an error, also when the receiver quotes it", async () => {
      const body = `no such hook: ${receiver.url} ${SECRET_PATH}\u001b[31m\n`;
      for (const answer of [{ status: 404, body }, { status: 500, body }, "close"] as const) {
        expectNoAddress(await failure(answer));
      }
      await receiver.close();
      expectNoAddress(await failure());
    });

    function expectNoAddress(error: HoldfastError): void {
      const { port } = new URL(receiver.url);
      const told = [
        error.message,
        ...causeChain(error),
        inspect(error, { depth: 9 }).replace(/\s+at .*/g, ""),
      ].join("\n");
      for (const secret of ["SECRET", port, "127.0.0.1", "\u001b"]) expect(told).not.toContain(secret);
    }

    it("quotes only the beginning of a long answer", async () => {
      const error = await failure({ status: 400, body: "x".repeat(1_000_000) });
      expect(error.message.length).toBeLessThan(500);
    });

    it("delivers a message with texts of any length and content", async () => {
      const long = `${"<&>🔥\u0000 \ud800".repeat(20_000)} the end`;
      const problem = { ...alertMessage().problem, title: long, detail: long, next: long };
      await send(alertMessage({ problem, stack: long, since: alertMessage().at - 400 * DAY }));
      expect(() => JSON.parse(receiver.requests[0]?.body ?? "") as unknown).not.toThrow();
    });
  });
}

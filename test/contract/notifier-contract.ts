/** What every notifier that speaks HTTP does, whatever it says. */
import { inspect } from "node:util";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import fc from "fast-check";
import type { AlertMessage } from "../../src/domain/alerts.ts";
import { causeChain, HoldfastError } from "../../src/domain/errors.ts";
import { MINUTE, SECOND } from "../../src/domain/instant.ts";
import type { Clock } from "../../src/ports/clock.ts";
import type { Notifier } from "../../src/ports/notifier.ts";
import { FakeClock } from "../fakes/fake-clock.ts";
import {
  SECRET_PATH,
  startReceiver,
  type ReceivedRequest,
  type Receiver,
  type ReceiverAnswer,
} from "../fakes/receiver.ts";
import { alertMessage, EVENTS, longMessage, oddMessage } from "./odd-messages.ts";

export interface NotifierTraits {
  /** What the service answers when it has taken a message; 200 and `ok` without it. */
  accepted?: { status: number; body: string };
  /** Holds a request to what the service publishes: required fields, and lengths in the unit that it counts. */
  check?: (request: ReceivedRequest, message: AlertMessage) => void;
  /** Requests that one message takes; 1 without it. */
  requestsOf?: (message: AlertMessage) => number;
}

export function describeNotifierContract(
  kind: string,
  create: (url: string, clock: Clock) => Notifier,
  {
    accepted = { status: 200, body: "ok" },
    check = () => undefined,
    requestsOf = () => 1,
  }: NotifierTraits = {},
): void {
  describe(`the ${kind} notifier`, () => {
    let receiver: Receiver;
    let clock: FakeClock;
    let notifier: Notifier;
    const never = new AbortController().signal;
    beforeEach(async () => {
      receiver = await startReceiver();
      receiver.answer(accepted);
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

    it.each(EVENTS)("delivers a %s message as a JSON POST", async (event) => {
      const message = alertMessage({ event });
      await send(message);
      expect(receiver.requests).toHaveLength(requestsOf(message));
      const [request] = receiver.requests;
      expect(request?.method).toBe("POST");
      expect(request?.path.startsWith(SECRET_PATH)).toBe(true);
      check(request!, message);
      expect(request?.headers["content-type"]).toBe("application/json");
      const everything = JSON.stringify(JSON.parse(request?.body ?? ""));
      expect(everything).toContain("Backup of data is stale in local");
      expect(everything).toContain("analytics");
      expect(everything).not.toContain("SECRET");
    });

    it.each([200, 202])("takes %d for accepted", async (status) => {
      receiver.answer({ status, body: accepted.body });
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

    it("keeps the beginning and the end of a reason of 10,000 characters, and the next step", async () => {
      const message = longMessage();
      await send(message);
      const { body } = receiver.requests[0]!;
      expect(body).toMatch(/WHAT failed.* and WHY/s);
      expect(body).toContain("Backup of data is stale in local");
      expect(body).toMatch(/holdfast backup data/);
      check(receiver.requests[0]!, message);
    });

    it("delivers messages of any length and content, within the limits of the service", async () => {
      await fc.assert(
        fc.asyncProperty(oddMessage, async (message) => {
          const before = receiver.requests.length;
          await send(message);
          const sent = receiver.requests.slice(before);
          expect(sent).toHaveLength(requestsOf(message));
          for (const request of sent) {
            expect(request.body.isWellFormed()).toBe(true);
            expect(request.body).not.toMatch(/\\ud[89a-f]/i);
            JSON.parse(request.body);
            check(request, message);
          }
        }),
        { numRuns: 60 },
      );
    });
  });
}

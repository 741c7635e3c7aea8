import { inspect } from "node:util";
import fc from "fast-check";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { alertMessage, EVENTS, longMessage, oddMessage } from "../../../test/contract/odd-messages.ts";
import { FakeClock } from "../../../test/fakes/fake-clock.ts";
import { ownCertificate, startSmtpServer, type SmtpServer } from "../../../test/fakes/smtp-server.ts";
import type { AlertMessage } from "../../domain/alerts.ts";
import { causeChain, HoldfastError } from "../../domain/errors.ts";
import { MINUTE } from "../../domain/instant.ts";
import { createEmailNotifier, type EmailTarget } from "./email.ts";
import { buildMail } from "./mail.ts";

const never = new AbortController().signal;
const from = "holdfast@shop.example";
const to = ["ops@shop.example", "boss@shop.example"];
let server: SmtpServer;
let clock: FakeClock;

async function start(options: Parameters<typeof startSmtpServer>[0] = {}): Promise<void> {
  await server.close();
  server = await startSmtpServer(options);
}
beforeEach(async () => {
  server = await startSmtpServer();
  clock = new FakeClock();
});
afterEach(() => server.close());

function notifier(target: Partial<EmailTarget> = {}) {
  const { port } = server;
  return createEmailNotifier(
    "mail",
    { host: "127.0.0.1", port, security: "none", from, to, ...target },
    { clock },
  );
}
const send = (target: Partial<EmailTarget> = {}, message = alertMessage(), signal = never) =>
  notifier(target).send(message, { signal });
async function failure(target: Partial<EmailTarget> = {}): Promise<HoldfastError> {
  const error: unknown = await send(target).catch((reason: unknown) => reason);
  expect(error).toBeInstanceOf(HoldfastError);
  return error as HoldfastError;
}
const headerOf = (content: string, name: string) =>
  new RegExp(`^${name}: (.*(?:\\n[ \\t].*)*)`, "im").exec(content)?.[1];

describe("the email notifier", () => {
  it.each(EVENTS)("delivers a %s message to every address in one mail of text and HTML", async (event) => {
    await send({}, alertMessage({ event }));
    expect(server.mails).toHaveLength(1);
    const [{ content, ...envelope }] = server.mails as [(typeof server.mails)[0]];
    expect(envelope).toMatchObject({ from, to });
    expect(content).toMatch(/Content-Type: multipart\/alternative/);
    expect(content).toMatch(/Content-Type: text\/plain; charset=utf-8/);
    expect(content).toMatch(/Content-Type: text\/html; charset=utf-8/);
    expect(headerOf(content, "Auto-Submitted")).toBe("auto-generated");
    expect(content).toContain("Backup of data is stale in local");
  });

  it("keeps one alert in one thread, and one message under one id however often it is sent", async () => {
    const told = [
      { event: "firing" },
      { event: "repeated" },
      { event: "resolved" },
      { event: "resolved" },
    ] as const;
    for (const event of told) await send({}, alertMessage(event));
    const ids = server.mails.map(({ content }) => headerOf(content, "Message-ID"));
    expect(ids[0]).toBe("<holdfast.alert-1@shop.example>");
    expect(new Set(ids).size).toBe(3);
    expect(ids[3]).toBe(ids[2]);
    for (const { content } of server.mails.slice(1)) {
      expect(headerOf(content, "References")).toBe(ids[0]);
      expect(headerOf(content, "In-Reply-To")).toBe(ids[0]);
    }
  });

  it("logs in with what is configured", async () => {
    await send({ user: "alice", password: "p4ss:word" });
    expect(server.mails[0]?.login).toBe("alice:p4ss:word");
  });

  it("encrypts from the start, or by STARTTLS, and trusts the certificates that are named", async () => {
    const certificate = ownCertificate();
    for (const security of ["tls", "starttls"] as const) {
      await start({ security, certificate });
      await send({ security, caFile: certificate.caFile });
      expect(server.mails).toMatchObject([{ isEncrypted: true }]);
      const error = await failure({ security });
      expect(error).toMatchObject({ code: "notifier", transient: true });
      expect(error.message).toContain("check the channel's `security`, `host` and `caFile`");
    }
  });

  it("sends nothing in the clear where STARTTLS is asked for and not offered", async () => {
    expect(await failure({ security: "starttls", user: "alice", password: "p4ssword" })).toMatchObject({
      code: "notifier",
    });
    expect(server.mails).toEqual([]);
  });

  it.each([
    ["MAIL FROM", "550 not you", "`from`"],
    ["RCPT TO", "550 no such user", "`to`"],
    ["RCPT TO:<BOSS", "550 no such user", "`to`"],
    ["AUTH", "535 bad credentials", "`user` and `password`"],
    ["END", "554 spam", "`host`, `user` and `from`"],
  ])(
    "need not try again after %s is answered %s, and names the setting",
    async (command, answer, setting) => {
      server.answers[command] = answer;
      const error = await failure({ user: "alice", password: "p4ssword" });
      expect(error).toMatchObject({ code: "notifier", transient: false });
      expect(error.message).toContain(`answered ${answer.slice(0, 3)} (${answer.slice(4)})`);
      expect(error.message).toContain(setting);
    },
  );

  it.each([
    ["GREETING", "421 busy"],
    ["MAIL FROM", "451 later"],
    ["RCPT TO", "450 greylisted"],
    ["END", "452 full"],
    ["GREETING", "close"],
    ["END", "close"],
  ])("may try again after %s is answered %s", async (command, answer) => {
    server.answers[command] = answer;
    expect(await failure()).toMatchObject({ code: "notifier", transient: true });
  });

  it("may try again when nobody answers, and when nobody is there", async () => {
    server.answers["END"] = "hang";
    const sending = failure();
    await server.seen("END");
    await clock.advance(MINUTE);
    expect(await sending).toMatchObject({ code: "notifier", transient: true });
    await server.close();
    expect((await failure()).message).toMatch(/failed: the connection was refused\.$/);
    expect(clock.sleeping).toBe(0);
  });

  it("stops at once when it is cancelled", async () => {
    server.answers["GREETING"] = "hang";
    const stop = new AbortController();
    const sending = send({}, alertMessage(), stop.signal).catch((error: unknown) => error);
    await server.seen("GREETING");
    stop.abort();
    expect(await sending).toMatchObject({ code: "cancelled" });
    expect(clock.sleeping).toBe(0);
  });

  it("never tells the password in an error, also when the server quotes it", async () => {
    const secret = "p4ssword-of-alice";
    const encoded = Buffer.from(secret).toString("base64");
    server.answers["AUTH"] = `535 bad password ${secret} ${encoded}`;
    const error = await failure({ user: "alice", password: secret });
    const told = [error.message, ...causeChain(error), inspect(error, { depth: 9 })].join("\n");
    for (const text of [secret, encoded]) expect(told).not.toContain(text);
  });
});

describe("a mail", () => {
  const raw = async (message: AlertMessage) => (await buildMail(message, { from, to })).toString();
  /** Without the line ends that quoted-printable adds. */
  const built = async (message: AlertMessage) =>
    (await raw(message)).replace(/=\r?\n/g, "").replaceAll("=3D", "=");

  it("keeps the beginning and the end of a long reason, and the next step", async () => {
    const mail = await built(longMessage());
    for (const text of ["WHAT failed", "and WHY", "holdfast backup data"]) expect(mail).toContain(text);
  });

  it("has lines and headers that every server takes, whatever the message is", async () => {
    await fc.assert(
      fc.asyncProperty(oddMessage, async (message) => {
        const mail = await raw(message);
        const [head = ""] = mail.split("\r\n\r\n");
        expect(head).toMatch(/^[\s\x20-\x7e]*$/);
        expect(headerOf(head.replaceAll("\r", ""), "Subject")).toBeTruthy();
        // RFC 5322, 2.1.1.
        for (const line of mail.split(/\r?\n/)) expect(line.length).toBeLessThanOrEqual(998);
      }),
      { numRuns: 60 },
    );
  });

  it("has no markup of the message's own in its HTML, but commands", async () => {
    const problem = { ...alertMessage().problem, detail: "<script>& `holdfast status`" };
    const mail = await built(alertMessage({ problem }));
    expect(mail).toContain("<p>&lt;script&gt;&amp; <code>holdfast status</code></p>");
  });
});

import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { recordingLog } from "../../test/fakes/recording-log.ts";
import { HoldfastError } from "../domain/errors.ts";
import { createRedactor, MASK } from "./redactor.ts";

const TOKEN = "xoxb-8d7f-very-secret";

describe("no secret passes the log", () => {
  it.each(["json", "pretty"] as const)(
    "as a message, field, key, list item or nested error, in %s",
    (format) => {
      const log = recordingLog({ format, secrets: [TOKEN] });
      const inner = new Error(`connecting with ${TOKEN}`);
      const error = new HoldfastError("store", { what: "Writing", why: `${TOKEN} refused`, cause: inner });
      log.logger.info(`token is ${TOKEN}.`, { deep: [{ [TOKEN]: { value: `x${TOKEN}y` } }] });
      log.logger.failure(error, { at: new Error(TOKEN) });
      log.logger.child({ job: TOKEN, run: "r" }).warn("child");
      log.logger.info("err", { err: inner });
      expect(log.text()).toContain(MASK);
      expect(log.text()).not.toContain(TOKEN);
      expect(log.text()).not.toContain("very-secret");
    },
  );

  it("also not with quotes, backslashes, line breaks or letters beyond ASCII in it", () => {
    for (const secret of [
      'pa"ss',
      "back\\slash",
      "two\nlines",
      "heslo-žluťoučký",
      "tab\there",
      "\ud83d\ude00x",
    ]) {
      const log = recordingLog({ secrets: [secret] });
      log.logger.info(`it is ${secret}!`, { body: JSON.stringify({ token: secret }) });
      expect(log.lines()[0]).toMatchObject({ msg: `it is ${MASK}!`, body: `{"token":"${MASK}"}` });
    }
  });

  it("also not percent-encoded, in base64, or with the line break its file ended in", () => {
    const log = recordingLog({ secrets: ["s3cr3t/päss\n"] });
    log.logger.info(`GET /?t=${encodeURIComponent("s3cr3t/päss")}`);
    log.logger.info(`Basic ${Buffer.from("s3cr3t/päss").toString("base64")}`);
    log.logger.info("plain s3cr3t/päss");
    expect(log.lines().map(({ msg }) => msg)).toEqual([`GET /?t=${MASK}`, `Basic ${MASK}`, `plain ${MASK}`]);
  });

  it("also not as the path of a secret address, nor as the password in one", () => {
    const log = recordingLog({
      secrets: ["https://hooks.example.com/services/T0/B0/abcdef", "postgres://app:hunter2@db/app"],
    });
    log.logger.info("POST /services/T0/B0/abcdef answered 404");
    log.logger.info("password hunter2 rejected");
    expect(log.lines().map(({ msg }) => msg)).toEqual([
      `POST ${MASK} answered 404`,
      `password ${MASK} rejected`,
    ]);
  });

  it("also not as one line of a key file", () => {
    const key = "-----BEGIN KEY-----\nMIIEvQIBADANBgkqhkiG9w0BAQEFAASC\n-----END KEY-----\n";
    const log = recordingLog({ secrets: [key] });
    log.logger.error("cannot parse MIIEvQIBADANBgkqhkiG9w0BAQEFAASC");
    expect(log.lines()[0]?.["msg"]).toBe(`cannot parse ${MASK}`);
  });

  it("also not as a number", () => {
    const log = recordingLog({ secrets: ["12345678"] });
    log.logger.info("pin", { pin: 12345678, size: 912345678 });
    expect(log.lines()[0]).toMatchObject({ pin: MASK, size: 912345678 });
  });

  it("masks the union of overlapping secrets", () => {
    expect(createRedactor(["abcdef", "defghi"]).text("x abcdefghi y")).toBe(`x ${MASK} y`);
  });

  it("whatever the secrets and the texts are", () => {
    const secret = fc.stringMatching(/^[A-Za-z0-9"\\/ž:{},\n-]{1,12}$/).filter((text) => text.trim() !== "");
    const secrets = fc.array(secret, { minLength: 1, maxLength: 4 });
    fc.assert(
      fc.property(secrets, fc.array(fc.string()), (known, words) => {
        const text = words.flatMap((word, at) => [word, known[at % known.length] ?? ""]).join("");
        const log = recordingLog({ secrets: known });
        log.logger.child({ job: text }).error(text, { nested: { [text]: text } });
        const shown = stringsIn(log.text()).flatMap((value) => value.split(MASK));
        for (const each of known) expect(shown.filter((piece) => piece.includes(each.trim()))).toEqual([]);
      }),
      { numRuns: 200 },
    );
  });
});

describe("what is not secret", () => {
  it("stays as it was, byte for byte", () => {
    const line = '{"level":"info","msg":"nothing to hide","n":1e3}\n';
    expect(createRedactor(["something-else", "", "  "]).json(line)).toBe(line);
    expect(createRedactor([]).json(line)).toBe(line);
  });

  it("is still valid JSON around a secret of punctuation", () => {
    const log = recordingLog({ secrets: ['":"', ",", "{"] });
    log.logger.info('a":"b,c{', { x: "y" });
    expect(log.lines()[0]).toMatchObject({ msg: `a${MASK}b${MASK}c${MASK}`, x: "y" });
  });
});

function stringsIn(json: string): string[] {
  const strings: string[] = [];
  JSON.parse(json, (key, value: unknown) => {
    strings.push(key);
    if (typeof value === "string") strings.push(value);
    return value;
  });
  return strings;
}

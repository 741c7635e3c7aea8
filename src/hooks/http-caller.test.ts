import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { SECRET_PATH, startReceiver, type Receiver } from "../../test/fakes/receiver.ts";
import { messageOf } from "../domain/errors.ts";
import type { HttpHook } from "../domain/job.ts";
import { createHttpCaller } from "./http-caller.ts";

let receiver: Receiver;

beforeEach(async () => {
  receiver = await startReceiver();
});

afterEach(() => receiver.close());

function call(of: Partial<HttpHook> = {}, signal = new AbortController().signal): Promise<void> {
  const request: HttpHook = {
    ...{ kind: "http", url: receiver.url, method: "PUT", body: "on" },
    headers: { authorization: "Bearer secret-token" },
  };
  return createHttpCaller().call({ ...request, ...of }, signal);
}

describe("an HTTP hook", () => {
  it("sends what it is told to", async () => {
    await call();
    expect(receiver.requests).toMatchObject([
      { method: "PUT", path: SECRET_PATH, body: "on", headers: { authorization: "Bearer secret-token" } },
    ]);
  });

  it("fails with what was answered, without its address and headers", async () => {
    receiver.answer({ status: 409, body: `busy; you sent Bearer secret-token to ${SECRET_PATH}` });
    const message = await call().then(() => "", messageOf);
    expect(message).toContain("the answer was 409 (busy; you sent … to …)");
    expect(message).not.toMatch(/secret/i);
  });

  it("follows no redirect", async () => {
    receiver.answer({ status: 302, headers: { location: "/elsewhere" } });
    await expect(call()).rejects.toThrow("the answer was 302");
    expect(receiver.requests).toHaveLength(1);
  });

  it("fails without a secret where nobody answers", async () => {
    receiver.answer("close");
    const message = await call().then(() => "", messageOf);
    expect(message).toContain("there was no answer");
    expect(message).not.toMatch(/secret/i);
  });

  it("ends with a cancel", async () => {
    receiver.answer("hang");
    const cancel = new AbortController();
    const over = expect(call({}, cancel.signal)).rejects.toMatchObject({ code: "cancelled" });
    await receiver.received(1);
    cancel.abort();
    await over;
  });
});

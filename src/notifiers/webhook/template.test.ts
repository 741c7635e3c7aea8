import { describe, expect, it } from "vitest";
import { alertMessage } from "../../../test/contract/odd-messages.ts";
import { WebhookOptions } from "./options.ts";
import { webhookBody } from "./payload.ts";
import { fillTemplate } from "./template.ts";

const fields = webhookBody(alertMessage());

describe("a body of the user's own", () => {
  it("has fields of the alert where it names them, and is otherwise left alone", () => {
    const template = {
      text: "{{severity}}: {{title}} ({{ stack }})",
      nested: [{ at: "{{at}}" }, 7, true, null],
      "{{key}}": "{ {title} }",
    };
    expect(fillTemplate(template, fields)).toEqual({
      text: "critical: Backup of data is stale in local (analytics)",
      nested: [{ at: "2026-11-20T12:00:00.000Z" }, 7, true, null],
      "{{key}}": "{ {title} }",
    });
  });

  it("gives a field alone its value, and nothing in a text for one that is absent", () => {
    const absent = { ...fields, store: null };
    expect(fillTemplate({ a: "{{store}}", b: "in {{store}}.", c: "{{version}}" }, absent)).toEqual({
      ...{ a: null, b: "in .", c: 1 },
    });
  });

  it("does not look into what it has put in", () => {
    const tricky = { ...fields, title: '{{detail}} $& "quotes"' };
    expect(fillTemplate({ text: "{{title}}" }, tricky)).toEqual({ text: tricky.title });
    expect(fillTemplate({ text: "> {{title}}" }, tricky)).toEqual({ text: `> ${tricky.title}` });
  });

  it("that names what there is not is refused", () => {
    const parse = (text: string) =>
      WebhookOptions.safeParse({ kind: "webhook", url: "https://a.example", body: { deep: [{ text }] } })
        .success;
    expect([parse("{{title}}"), parse("{{titel}}"), parse("{{constructor}}")]).toEqual([true, false, false]);
  });
});

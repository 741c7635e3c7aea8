import { generateHybridIdentity, generateIdentity, identityToRecipient } from "age-encryption";
import fc from "fast-check";
import { describe, expect, it } from "vitest";

import { isAgeRecipient } from "./age-recipient.ts";

describe("a recipient of age", () => {
  it("is known by its checksum, of each kind of key", async () => {
    for (const generate of [generateIdentity, generateHybridIdentity]) {
      const identity = await generate();
      expect(isAgeRecipient(await identityToRecipient(identity))).toBe(true);
      expect(isAgeRecipient(identity)).toBe(false);
    }
  });

  it("is told from a mistyped one, wherever the mistake is", async () => {
    const recipient = await identityToRecipient(await generateIdentity());
    fc.assert(
      fc.property(
        fc.nat(recipient.length - 1),
        fc.constantFrom(..."qpzry9x8gf2tvdw0s3jn54khce6mua7l1B-"),
        (at, letter) => {
          fc.pre(recipient[at] !== letter);
          expect(isAgeRecipient(recipient.slice(0, at) + letter + recipient.slice(at + 1))).toBe(false);
        },
      ),
    );
    for (const text of [
      "",
      "age1",
      recipient.slice(0, -1),
      `${recipient}q`,
      recipient.toUpperCase(),
      ` ${recipient}`,
    ])
      expect(isAgeRecipient(text)).toBe(false);
  });
});

import { expect, it } from "vitest";
import { retentionIn } from "./retention-in.ts";

const JOB = {
  retention: { daily: 14, minimum: 3 },
  keepFor: { offsite: { monthly: 12 }, usb: {}, nas: { last: 1, minimum: 1 } },
};

it.each([
  ["local", { daily: 14, minimum: 3 }],
  ["offsite", { monthly: 12, minimum: 3 }],
  ["usb", { minimum: 3 }],
  ["nas", { last: 1, minimum: 1 }],
  ["constructor", { daily: 14, minimum: 3 }],
])("in %s %j holds", (store, policy) => expect(retentionIn(JOB, store)).toEqual(policy));

import { expect, it } from "vitest";
import { within } from "../../test/fakes/retention-points.ts";
import { describePolicy } from "./describe-policy.ts";
import type { RetentionPolicy } from "./retention.ts";

it.each<[RetentionPolicy, string]>([
  [{}, "keep everything"],
  [{ minimum: 3, last: 0, within: within({}) }, "keep everything"],
  [{ last: 3, daily: 14, weekly: 8 }, "keep the last 3, 14 daily, 8 weekly; at least 1 verified"],
  [{ hourly: 24, monthly: -1, yearly: -1 }, "keep 24 hourly, all monthly, all yearly; at least 1 verified"],
  [{ last: -1, minimum: 2 }, "keep everything; at least 2 verified"],
  [
    { within: within({ days: 30 }), withinDaily: within({ years: 1, months: 6 }) },
    "keep everything within 30d, daily within 1y6m; at least 1 verified",
  ],
])("the policy %j reads: %s", (policy, text) => expect(describePolicy(policy)).toBe(text));

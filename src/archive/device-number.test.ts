import fc from "fast-check";
import { describe, expect, it } from "vitest";

import { deviceNumber, deviceOf } from "./device-number.ts";

describe("a device number", () => {
  it("has its parts where Linux has them", () => {
    expect(deviceOf(0x0103n)).toEqual({ major: 1, minor: 3 });
    expect(deviceOf(0x1_0300_8105n)).toEqual({ major: 0x81, minor: 0x10_3005 });
  });

  it("comes back from its parts", () => {
    const part = fc.integer({ min: 0, max: 2 ** 32 - 1 });
    fc.assert(
      fc.property(part, part, (major, minor) => {
        expect(deviceOf(deviceNumber({ major, minor }))).toEqual({ major, minor });
      }),
    );
  });
});

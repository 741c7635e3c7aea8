import { describe, expect, it } from "vitest";
import { AbsolutePath, Listen, Percent, ScheduleText, wholeNumber, Zone } from "./values.ts";

describe("an address to listen on", () => {
  it.each([
    ["0.0.0.0:9219", { host: "0.0.0.0", port: 9219 }],
    [":80", { host: "0.0.0.0", port: 80 }],
    [9219, { host: "0.0.0.0", port: 9219 }],
    ["localhost:0", { host: "localhost", port: 0 }],
    ["[::1]:9219", { host: "::1", port: 9219 }],
    [false, false],
    ["false", false],
  ])("reads %j", (text, expected) => {
    expect(Listen.parse(text)).toEqual(expected);
  });

  it.each(["", "host", "host:", "host:port", "1.2.3.4:65536", "::1:80", "http://x:80", true, null, -1, 1.5])(
    "refuses %j",
    (value) => {
      expect(Listen.safeParse(value).success).toBe(false);
    },
  );
});

describe("single values", () => {
  it.each([
    [10, 10],
    ["10%", 10],
    ["0", 0],
    ["2.5 %", 2.5],
  ])("read the percentage %j", (text, expected) => {
    expect(Percent.parse(text)).toBe(expected);
  });

  it.each(["100%", "-1", "ten", null])("refuse the percentage %j", (text) => {
    expect(Percent.safeParse(text).success).toBe(false);
  });

  it.each([1.5, "1.5", "0x10", "1e1", "", true, null, [], 8, -2])(
    "refuse %j where a whole number from -1 to 7 belongs",
    (value) => {
      expect(wholeNumber(-1, 7, "").safeParse(value).success).toBe(false);
    },
  );

  it.each(["UTC", "Europe/Prague", "America/Argentina/Buenos_Aires", "Etc/GMT+5"])(
    "take the zone %s",
    (zone) => {
      expect(Zone.parse(zone)).toBe(zone);
    },
  );

  it.each(["", "+01:00", "Mars/Base", "Europe", null, 1])("refuse the zone %j", (zone) => {
    expect(Zone.safeParse(zone).success).toBe(false);
  });

  it.each(["0 3 * * *", "@weekly", "manual", "*/10 * * * * *"])("take the schedule %s", (text) => {
    expect(ScheduleText.parse(text)).toBe(text);
  });

  it.each(["", "Manual", "never", "0 3 * * * * *", "0 0 30 2 *", 5, null])(
    "refuse the schedule %j",
    (text) => {
      expect(ScheduleText.safeParse(text).success).toBe(false);
    },
  );

  it.each(["data", "./data", "", "/a\0b", 1])("refuse the path %j, which is not absolute", (path) => {
    expect(AbsolutePath.safeParse(path).success).toBe(false);
  });
});

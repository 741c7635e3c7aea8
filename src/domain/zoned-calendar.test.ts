import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { DAY, HOUR, MINUTE } from "./instant.ts";
import { isKnownZone, zonedCalendar } from "./zoned-calendar.ts";

const ZONES = [
  "UTC",
  "Europe/Prague",
  "America/St_Johns",
  "Australia/Lord_Howe",
  "Pacific/Apia",
  "Asia/Kathmandu",
  "America/Sao_Paulo",
];
/** Whose clocks change by whole hours on the hour, so that an hour either exists or does not. */
const PLAIN_ZONES = ["UTC", "Europe/Prague", "Pacific/Apia", "Asia/Kathmandu", "America/Sao_Paulo"];
const at = (iso: string) => Date.parse(iso);
const days = (count: number) => ({ years: 0, months: 0, days: count, milliseconds: 0 });
const anyInstant = fc.integer({ min: at("1990-01-01T00:00:00Z"), max: at("2040-01-01T00:00:00Z") });

describe("a zoned calendar", () => {
  it.each([
    ["Asia/Kathmandu", "2026-11-20T18:20:00Z", "2026-11-21T00+05:45"],
    ["America/St_Johns", "2026-11-20T03:00:00Z", "2026-11-19T23-03:30"],
    ["Australia/Lord_Howe", "2026-04-04T15:10:00Z", "2026-04-05T01+10:30"],
    ["Africa/Monrovia", "1970-01-01T00:30:00Z", "1969-12-31T23-00:45"],
  ])("reads in %s at %s the hour %s", (zone, instant, hour) => {
    expect(zonedCalendar(zone).hourOf(at(instant))).toBe(hour);
  });

  it("knows the day that a zone left out when it crossed the date line", () => {
    const apia = zonedCalendar("Pacific/Apia");
    expect(apia.dayOf(at("2011-12-30T09:59:59Z"))).toBe("2011-12-29");
    expect(apia.dayOf(at("2011-12-30T10:00:00Z"))).toBe("2011-12-31");
  });

  it("takes the earlier candidate for a reading that exists twice", () => {
    const prague = zonedCalendar("Europe/Prague");
    expect(prague.minus(at("2026-10-26T01:30:00Z"), days(1))).toBe(at("2026-10-25T00:30:00Z"));
  });

  it("takes the earlier candidate for a reading that does not exist", () => {
    const prague = zonedCalendar("Europe/Prague");
    expect(prague.minus(at("2026-03-30T00:30:00Z"), days(1))).toBe(at("2026-03-29T00:30:00Z"));
  });

  it("shows the same time of day any number of days before, unless that day lacks it", () => {
    fc.assert(
      fc.property(
        fc.constantFrom(...PLAIN_ZONES),
        anyInstant,
        fc.integer({ min: 1, max: 400 }),
        (zone, instant, count) => {
          const calendar = zonedCalendar(zone);
          const before = calendar.minus(instant, days(count));
          expect(Math.abs(instant - before - count * DAY)).toBeLessThanOrEqual(25 * HOUR);
          const wall = (of: number) => calendar.hourOf(of).slice(0, 13);
          const expected = new Date(at(`${wall(instant)}:00:00Z`) - count * DAY).toISOString().slice(0, 13);
          const exists = hoursAround(before).some((near) => wall(near) === expected);
          if (exists) expect(wall(before)).toBe(expected);
        },
      ),
      { numRuns: 300 },
    );
  });

  it("never counts a longer time back to a later instant", () => {
    fc.assert(
      fc.property(
        fc.constantFrom(...ZONES),
        anyInstant,
        fc.integer({ min: 0, max: 60 }),
        (zone, instant, count) => {
          const calendar = zonedCalendar(zone);
          const months = (n: number) => ({ years: 0, months: n, days: 0, milliseconds: 0 });
          expect(calendar.minus(instant, days(count + 1))).toBeLessThanOrEqual(
            calendar.minus(instant, days(count)),
          );
          expect(calendar.minus(instant, months(count + 1))).toBeLessThanOrEqual(
            calendar.minus(instant, months(count)),
          );
        },
      ),
      { numRuns: 200 },
    );
  });

  it("reads the week as the one whose Thursday has its number", () => {
    fc.assert(
      fc.property(anyInstant, (instant) => {
        const calendar = zonedCalendar("UTC");
        const day = at(`${calendar.dayOf(instant)}T00:00:00Z`);
        const sinceMonday = (new Date(day).getUTCDay() + 6) % 7;
        const monday = day - sinceMonday * DAY;
        expect(calendar.weekOf(monday)).toBe(calendar.weekOf(instant));
        expect(calendar.weekOf(monday - 1)).not.toBe(calendar.weekOf(instant));
        expect(calendar.weekOf(instant).slice(0, 4)).toBe(calendar.yearOf(monday + 3 * DAY));
      }),
      { numRuns: 200 },
    );
  });

  it("knows which zones there are", () => {
    expect(ZONES.every(isKnownZone)).toBe(true);
    expect(isKnownZone("Europe/Prag")).toBe(false);
    expect(isKnownZone("")).toBe(false);
  });
});

function hoursAround(instant: number): number[] {
  return Array.from({ length: 49 }, (_, step) => instant + (step - 24) * 5 * MINUTE);
}

import { describe, expect, it } from "vitest";
import { dueAt, every } from "../../test/fakes/schedules.ts";
import { DAY, HOUR } from "./instant.ts";
import { lastDays, timelineOf, type TimelineFacts } from "./timeline.ts";

const NOW = Date.parse("2026-11-20T12:00:00Z");
const at = (time: string) => Date.parse(time);

function statesOf(facts: Partial<TimelineFacts>): string {
  const days = lastDays("UTC", NOW, 5);
  const all = { days, attempts: [], points: [], schedule: every(DAY), firstSeenAt: 0, now: NOW, ...facts };
  return timelineOf(all)
    .map(({ state }) => state)
    .join(" ");
}
const ran = (day: string, outcome: "succeeded" | "partial" | "failed" | "cancelled") =>
  ({ startedAt: at(`2026-11-${day}Z`), outcome }) as const;

describe("a timeline", () => {
  it("says of each day what its runs came to", () => {
    const attempts = [
      ran("16T00:00", "succeeded"),
      ran("17T00:00", "failed"),
      ran("18T00:00", "failed"),
      ran("18T01:00", "succeeded"),
      ran("19T23:59", "partial"),
      ran("20T00:00", "succeeded"),
    ];
    expect(statesOf({ attempts })).toBe("succeeded failed partial partial succeeded");
  });

  it("calls a day missed on which something was due and nothing ran, and the others idle", () => {
    const schedule = dueAt("2026-11-17T03:00:00Z", "2026-11-19T03:00:00Z");
    expect(statesOf({ schedule })).toBe("idle missed idle missed idle");
    expect(statesOf({ schedule, attempts: [ran("17T03:00", "cancelled")] })).toBe(
      "idle missed idle missed idle",
    );
    expect(statesOf({ schedule: undefined })).toBe("idle idle idle idle idle");
  });

  it("expects nothing of days on which there was no job, nor of what may still begin", () => {
    const soon = dueAt("2026-11-16T03:00:00Z", "2026-11-20T11:00:00Z", "2026-11-20T18:00:00Z");
    expect(statesOf({ schedule: soon, firstSeenAt: at("2026-11-16T04:00:00Z") })).toBe(
      "idle idle idle idle idle",
    );
    expect(statesOf({ schedule: soon, firstSeenAt: at("2026-11-16T03:00:00Z"), now: NOW + 2 * HOUR })).toBe(
      "missed idle idle idle missed",
    );
  });

  it("believes points where the history was lost", () => {
    const points = [at("2026-11-18T00:00:00Z"), at("2026-11-19T00:00:00Z")];
    expect(statesOf({ points, attempts: [ran("19T05:00", "failed")] })).toBe(
      "missed missed succeeded partial missed",
    );
  });
});

describe("the days", () => {
  it("are those of the zone, through its clock changes", () => {
    const days = lastDays("Europe/Prague", at("2026-10-26T12:00:00Z"), 3);
    expect(days.map(({ name, from, to }) => `${name} ${(to - from) / HOUR}`)).toEqual([
      "2026-10-24 24",
      "2026-10-25 25",
      "2026-10-26 24",
    ]);
    expect(days.map(({ to }) => to).slice(0, -1)).toEqual(days.map(({ from }) => from).slice(1));
  });

  it("begin at one o'clock where clocks leap over midnight", () => {
    const [day] = lastDays("America/Asuncion", at("2023-10-01T12:00:00Z"), 1);
    expect(day).toMatchObject({ name: "2023-10-01", from: at("2023-10-01T04:00:00Z") });
    expect((day?.to ?? 0) - (day?.from ?? 0)).toBe(23 * HOUR);
  });
});

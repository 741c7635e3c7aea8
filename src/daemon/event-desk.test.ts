import { expect, it } from "vitest";
import { recordingLog } from "../../test/fakes/recording-log.ts";
import type { StackEvent } from "../domain/stack-event.ts";
import { EventDesk } from "./event-desk.ts";

const event = (text: string): StackEvent => ({ kind: "cleaned", text });

it("logs each event, and hands on those from before anybody could be told, in their order", () => {
  const log = recordingLog();
  const desk = new EventDesk(log.logger);
  const added: string[] = [];
  desk.tell(event("one"));
  desk.open({ add: ({ text }) => void added.push(text) });
  desk.tell(event("two"));
  desk.observer.leftoversRemoved?.({ job: "data", store: "local", objects: 3 });
  expect(added).toEqual([
    "one",
    "two",
    "Removed what a killed run of job data had left in local: 3 objects.",
  ]);
  expect(log.lines().map(({ msg }) => msg)).toEqual(["one", "two"]);
});

it("goes on, and says so, where nothing can be queued", () => {
  const log = recordingLog();
  const desk = new EventDesk(log.logger);
  desk.open({
    add: () => {
      throw new Error("no space left");
    },
  });
  desk.tell(event("one"));
  expect(log.text()).toContain("no space left");
});

import { renameSync } from "node:fs";
import type { Chapter } from "./chapter.ts";
import { RUN_FAILED, STALE } from "../alerts.ts";

export const recovery: Chapter = {
  title: "The source is back",
  async play(stage) {
    const { places, receiver } = stage;
    renameSync(places.away, places.data);
    await stage.holds("Slack is told that runs succeed again", () => receiver.tells(RUN_FAILED) === "over");
    await stage.holds("Slack is told that the backup is fresh", () => receiver.tells(STALE) === "over");
    await stage.holds("/healthz answers 200 again", async () => (await stage.healthz()) === 200);
  },
};

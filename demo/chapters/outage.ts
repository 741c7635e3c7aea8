import { renameSync } from "node:fs";
import type { Chapter } from "./chapter.ts";
import { RUN_FAILED, STALE } from "../alerts.ts";
import type { Stage } from "../stage.ts";

export const outage: Chapter = {
  title: "The source is taken away",
  async play(stage) {
    const { screen, places, receiver } = stage;
    await stage.holds("all is well before", async () => receiver.isQuiet && (await stage.healthz()) === 200);
    renameSync(places.data, places.away);
    screen.say(
      "The directory is gone, as when a volume is not mounted. That is a failed run, never an empty backup.",
    );
    await stage.holds("Slack is told that the run failed", () => receiver.tells(RUN_FAILED) === "wrong");
    await stage.holds("Slack is told that the backup is stale", () => receiver.tells(STALE) === "wrong");
    await stage.holds("/healthz answers 503", async () => (await stage.healthz()) === 503);
    screen.line("", (await stage.daemon.get("/healthz")).body.trimEnd());
    await stage.holds("/metrics says so as well", async () => (await freshness(stage)).endsWith(" 0"));
    screen.line("", await freshness(stage));
  },
};

async function freshness(stage: Stage): Promise<string> {
  const { body } = await stage.daemon.get("/metrics");
  return body.split("\n").find((line) => line.startsWith("holdfast_job_fresh{")) ?? "";
}

import { readdirSync, statSync } from "node:fs";
import { join } from "node:path";
import { formatSize } from "../../src/domain/human-text.ts";
import type { Chapter } from "./chapter.ts";
import { EVERY_SECONDS, JOB, KEPT, MAX_AGE_SECONDS } from "../config.ts";
import { points } from "../points.ts";
import type { Stage } from "../stage.ts";

/** Some more than the retention will keep. */
const WANTED = KEPT + 2;

const OBJECTS = ["archive.tar.zst", "files.jsonl.zst", "recovery-point.json"];

export const backups: Chapter = {
  title: "Backups arrive",
  async play(stage) {
    stage.screen.say(
      `The daemon backs the directory up every ${EVERY_SECONDS} seconds; a real schedule says hours. A backup is ` +
        `stale here once it is older than ${MAX_AGE_SECONDS} seconds. Alerts go to a stand-in for Slack on this machine.`,
    );
    stage.configure({});
    const check = await stage.holdfast("config", "check");
    stage.holdsNow("the config is good", check.exitCode === 0);
    await stage.startDaemon();
    await stage.holds(`${WANTED} recovery points arrive`, async () => (await points(stage)).length >= WANTED);
    await stage.holds(
      "/healthz answers 200: every job is fresh",
      async () => (await stage.healthz()) === 200,
    );
    const page = await stage.daemon.get("/");
    stage.holdsNow(
      `the status page is at ${stage.daemon.url}/`,
      page.status === 200 && page.body.includes(JOB),
    );
    await showObjects(stage);
  },
};

async function showObjects(stage: Stage): Promise<void> {
  const [newest] = await points(stage);
  const folder = join(stage.places.archive, "demo", JOB, newest?.id ?? "");
  const objects = readdirSync(folder).sort();
  stage.screen.say("A point is plain files; `tar --zstd -xf` reads its archive with nothing of ours. In");
  stage.screen.line("", `${folder}:`);
  for (const object of objects) {
    const { size } = statSync(join(folder, object));
    stage.screen.line("", `${object.padEnd(22)}${formatSize(size).padStart(7)}`);
  }
  stage.holdsNow("it has its archive, its index and its commit record", objects.join() === OBJECTS.join());
}

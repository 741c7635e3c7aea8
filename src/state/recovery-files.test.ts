import { readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, it } from "vitest";
import { temporaryDirectory } from "../../test/fakes/temporary-directory.ts";
import type { RecoveryRecord } from "../ports/recovery-log.ts";
import { openRecoveryLog } from "./recovery-files.ts";

const record: RecoveryRecord = {
  ...{ id: "20261122T050000Z-abcd", stack: "shop", startedAt: 5, at: undefined, only: ["data"] },
  steps: [
    {
      ...{ job: "data", kind: "volume", begunAt: 7, doneAt: undefined, ms: undefined, safety: undefined },
      point: { id: "p", store: "local", startedAt: 1, sourceBytes: 2 },
      warnings: [],
    },
  ],
  ...{ stopped: ["shop-app-1"], changedAt: 7, servicesStartedAt: undefined, attempts: 1 },
};

it("gives back the recovery that was written, until it has ended", async () => {
  const directory = join(temporaryDirectory(), "state");
  const log = openRecoveryLog(directory);
  expect(await log.current()).toBeUndefined();
  await log.write(record);
  expect(await openRecoveryLog(directory).current()).toEqual(record);
  const path = await log.end(record, { markdown: "# Done\n" });
  expect(readFileSync(path, "utf8")).toBe("# Done\n");
  expect(await log.current()).toBeUndefined();
  expect(readdirSync(directory)).toEqual(["recoveries"]);
});

it("has what was written last, however many steps are written at once", async () => {
  const directory = temporaryDirectory();
  const log = openRecoveryLog(directory);
  const large = { ...record, only: Array.from({ length: 500_000 }, (_, at) => `job-${at}`) };
  await Promise.all([log.write(large), log.write(record)]);
  expect(await log.current()).toEqual(record);
});

it("leaves nothing of a write that was killed", async () => {
  const directory = temporaryDirectory();
  const log = openRecoveryLog(directory);
  writeFileSync(join(directory, "recovery.json.00000000-dead"), "{");
  await log.write(record);
  await log.drop();
  expect(readdirSync(directory)).toEqual([]);
});

it("does not go on with what it did not write", async () => {
  const directory = temporaryDirectory();
  writeFileSync(join(directory, "recovery.json"), "{}");
  await expect(openRecoveryLog(directory).current()).rejects.toThrow(/delete the file to begin anew/);
});

it("says where a state is needed that takes nothing", async () => {
  const file = join(temporaryDirectory(), "file");
  writeFileSync(file, "");
  await expect(openRecoveryLog(join(file, "state")).write(record)).rejects.toThrow(/--state/);
});

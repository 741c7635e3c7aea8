/** Stores that are driven through this machine's rclone. */
import { spawnSync } from "node:child_process";
import { systemClock } from "../../src/observability/system-clock.ts";
import { RcloneStore, type RcloneStoreContext } from "../../src/stores/rclone/rclone-store.ts";
import { FakeMachine } from "./process-tables.ts";

export function rcloneStore(options: Partial<RcloneStoreContext> & { remote: string }): RcloneStore {
  return new RcloneStore({
    ...{ name: "offsite", binary: "rclone", configFile: "/etc/holdfast/rclone.conf", options: {} },
    environment: process.env,
    clock: systemClock,
    processes: new FakeMachine().startProcess(),
    ...options,
  });
}

export const hasRclone = process.env["CI"] === "true" || spawnSync("rclone", ["version"]).status === 0;

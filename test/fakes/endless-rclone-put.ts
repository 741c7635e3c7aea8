/** A process that puts an object without end into a directory through rclone: `node endless-rclone-put.ts DIR KEY`. */
import { systemProcessTable } from "../../src/observability/process-identity.ts";
import { rcloneStore } from "./rclone-store.ts";

const [remote = "", key = ""] = process.argv.slice(2);

async function* endless() {
  for (let sent = 0; ; sent++) {
    if (sent === 100) process.stdout.write("under way\n");
    yield Buffer.alloc(100_000);
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
}

await rcloneStore({ remote, processes: systemProcessTable() }).put(key, endless());

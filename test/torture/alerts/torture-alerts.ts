/** Many simulated days of alerts for 200 jobs, over a state file whose size is watched. */
import { mkdtempSync, rmSync, statSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { systemClock } from "../../../src/observability/system-clock.ts";
import { openSqliteState, STATE_FILE } from "../../../src/state/sqlite-state.ts";
import { seededRandom } from "./seeded-random.ts";
import { soak } from "./alert-soak.ts";

export async function tortureAlerts({
  days,
  seed,
  print,
}: {
  days: number;
  seed: number;
  print: (line: string) => void;
}): Promise<void> {
  print(`${days} days of alerts, 200 jobs, seed ${seed}`);
  const directory = mkdtempSync(join(tmpdir(), "holdfast-alerts-"));
  try {
    const disk = openSqliteState({ directory, clock: systemClock, onWarning: print });
    const bytes = () => statSync(join(directory, STATE_FILE)).size;
    const report = await soak({ days, jobs: 200, random: seededRandom(seed), disk, bytes });
    print(`no alert lost, doubled or stuck: ${JSON.stringify(report)}`);
  } finally {
    rmSync(directory, { recursive: true });
  }
}

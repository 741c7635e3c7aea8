/** Many simulated days of alerts for 200 jobs. */
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
  const report = await soak({ days, jobs: 200, random: seededRandom(seed) });
  print(`no alert lost, doubled or stuck: ${JSON.stringify(report)}`);
}

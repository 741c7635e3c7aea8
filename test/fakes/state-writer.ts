/**
 * A process that writes to a state directory as fast as it can, to be killed or raced: `state-writer.ts DIR LABEL COUNT`.
 * Prints the number of each write after it has returned, so that a reader knows what must be there.
 */
import { writeSync } from "node:fs";
import { openSqliteState } from "../../src/state/sqlite-state.ts";
import { runRecord } from "./status-fixture.ts";

const [directory = "", label = "", count = "0"] = process.argv.slice(2);
const state = openSqliteState({ directory, clock: { now: () => 0 }, onWarning: fail });

for (let number = 1; number <= Number(count); number++) {
  const problem = {
    condition: "stale",
    severity: "critical",
    title: "",
    detail: "x".repeat(2000),
    next: "",
  } as const;
  const id = `${label}-${number}`;
  state.runs.add(runRecord({ id }));
  state.alerts.commit({
    active: [{ id, key: "stale||", problem, since: number, lastNotifiedAt: number }],
    deliveries: [
      {
        channel: label,
        message: { id, event: "firing", stack: "s", problem, since: 0, at: 0 },
        notBefore: 0,
      },
    ],
  });
  writeSync(1, `${number}\n`);
}
state.close();

function fail(message: string): void {
  throw new Error(message);
}

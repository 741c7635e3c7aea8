/** Which commands of people, on the real stack, would bring back what a scenario has taken: judged leniently, since there are several ways. */
import type { GamedayScenario } from "../../domain/gameday.ts";

export interface Damage {
  /** The job whose data is gone; undefined where it is all of them, or none. */
  job: string | undefined;
  /** Services that do not run because of it. */
  services: readonly string[];
}

export interface Expected {
  /** What is shown to somebody who asks. */
  command: string;
  isIt(typed: string): boolean;
}

export function commandExpected(
  scenario: GamedayScenario,
  { job = "JOB", services }: Damage,
  sidecar: string,
): Expected {
  const inSidecar = `docker compose exec ${sidecar} holdfast`;
  if (scenario === "container-crash") {
    const command = `docker compose up -d ${services[0] ?? "SERVICE"}`;
    return { command, isIt: (typed) => /\b(?:up|start|restart)\b/.test(typed) && hasDocker(typed) };
  }
  if (scenario === "stack-loss") {
    const command = `docker compose up --no-start && docker compose run --rm ${sidecar} recover`;
    return { command, isIt: (typed) => hasWord(typed, "recover") };
  }
  const command = `${inSidecar} restore ${job} --in-place`;
  const restoresJob = (typed: string) => hasWord(typed, "restore") && hasWord(typed, job);
  return { command, isIt: (typed) => hasWord(typed, "recover") || restoresJob(typed) };
}

function hasDocker(typed: string): boolean {
  return /\bdocker\b/.test(typed);
}

function hasWord(typed: string, word: string): boolean {
  return typed.split(/[\s;&|]+/).includes(word);
}

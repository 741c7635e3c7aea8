/** Kills recoveries of a whole stack at random moments, has them asked for again, and holds the stack against what its points promise. */
import { docker } from "../../e2e/lab/images.ts";
import type { Lab } from "../../e2e/lab/lab.ts";
import type { CommandEnd } from "../../e2e/lab/command.ts";
import { differences, readFacts, spoil, type Promised } from "../../e2e/lab/recover-facts.ts";
import type { SidecarStack } from "../../e2e/lab/sidecar-stack.ts";
import { randomFrom } from "../moments.ts";

/** What is killed: the command; the sidecar with it; the container that restores a volume; the container of `docker compose run`. */
const VICTIMS = ["command", "restorer", "sidecar", "command", "run"] as const;
type Victim = (typeof VICTIMS)[number];

export interface Shots {
  kills: number;
  seed: number;
  print: (line: string) => void;
}

interface Target {
  stack: SidecarStack;
  lab: Lab;
}

interface Shot {
  victim: Victim;
  afterMs: number;
  withSafety: boolean;
}

/** Gives how far the killed ones had come, a word for each. Throws at the first stack that is not as it was. */
export async function shootRecoveries(
  target: Target,
  promised: Promised,
  { kills, seed, print }: Shots,
): Promise<string[]> {
  const random = randomFrom(seed);
  let tookMs = await goesWell(target, { ...promised, victim: "command", withSafety: true });
  print(`seed ${seed}: a recovery takes ${tookMs} ms`);
  const phases: string[] = [];
  for (let tries = 0; phases.length < kills && tries < kills * MOST_TRIES; tries += 1) {
    const victim = VICTIMS[tries % VICTIMS.length] ?? "command";
    const afterMs = Math.round(random() * (victim === "restorer" ? tookMs * OF_RESTORES : tookMs));
    const shot: Shot = { victim, afterMs, withSafety: random() < 0.5 };
    try {
      await spoil(target.stack);
      const lostAt = Date.now();
      const wasKilled = await kill(target, shot);
      const phase = await phaseOf(target);
      const nextMs = await goesWell(target, { ...promised, ...shot, lostAt });
      // Other work on the machine makes it faster or slower.
      if (!wasKilled) tookMs = Math.round(tookMs * 0.8);
      else if (phase === UNTOUCHED) tookMs = nextMs;
      if (wasKilled) phases.push(phase);
      const what = wasKilled ? `${phases.length} of ${kills}: ${phase}` : "ended unhurt";
      print(`${victim} after ${afterMs} ms: ${what}; the next one took ${nextMs} ms`);
    } catch (cause) {
      throw new Error(`seed ${seed}, try ${tries}, ${JSON.stringify(shot)}`, { cause });
    }
  }
  return phases;
}

/** For each kill: a shot may come when all is over. */
const MOST_TRIES = 4;
const UNTOUCHED = "nothing changed yet";
/** Of the time of a recovery, what a container that restores a volume of this stack takes. */
const OF_RESTORES = 0.1;
/** For one to begin to. */
const BEGINS_WITHIN_MS = 120_000;
const LOOK_EVERY_MS = 100;

const argumentsOf = ({ withSafety }: Pick<Shot, "withSafety">): string[] => [
  ...["recover", "--yes"],
  ...(withSafety ? [] : ["--no-safety"]),
];

function begin(stack: SidecarStack, shot: Pick<Shot, "victim" | "withSafety">): Promise<CommandEnd> {
  const args = argumentsOf(shot);
  return shot.victim === "run"
    ? stack.tryCompose("run", "--rm", "-T", "backup", ...args)
    : stack.holdfast(...args);
}

/** Gives whether it did not end by itself. */
async function kill({ stack, lab }: Target, shot: Shot): Promise<boolean> {
  const { victim, afterMs } = shot;
  const pause = () => new Promise((resolve) => setTimeout(resolve, afterMs));
  if (victim === "command") {
    const begun = `holdfast ${argumentsOf(shot).join(" ")} & pid=$!`;
    const script = `${begun}; sleep ${afterMs / 1000}; kill -9 $pid; wait $pid; echo ended with $?`;
    return (await stack.exec("backup", "sh", "-c", script)).includes("ended with 137");
  }
  const recovery = begin(stack, shot);
  if (victim === "restorer") await beginsToRestore(stack, lab, recovery);
  await pause();
  const filters: Record<Exclude<Victim, "command">, string[]> = {
    restorer: [`label=holdfast.stack=${stack.project}`, "label=holdfast.purpose=restore"],
    run: [`label=com.docker.compose.project=${stack.project}`, "label=com.docker.compose.oneoff=True"],
    sidecar: [`name=^/?${stack.container("backup")}$`],
  };
  const found = await containersWith(lab, filters[victim]);
  // It may have ended by itself meanwhile.
  if (found.length > 0) await docker(lab, "kill", "--signal", "KILL", ...found).catch(() => undefined);
  const { exitCode } = await recovery;
  if (victim === "sidecar") await docker(lab, "start", stack.container("backup"));
  return exitCode !== 0;
}

async function beginsToRestore(stack: SidecarStack, lab: Lab, recovery: Promise<unknown>): Promise<void> {
  let isOver = false;
  void recovery.finally(() => (isOver = true));
  const giveUpAt = performance.now() + BEGINS_WITHIN_MS;
  const filters = [`label=holdfast.stack=${stack.project}`, "label=holdfast.purpose=restore"];
  while (!isOver && performance.now() < giveUpAt) {
    if ((await containersWith(lab, filters)).length > 0) return;
    await new Promise((resolve) => setTimeout(resolve, LOOK_EVERY_MS));
  }
}

async function containersWith(lab: Lab, filters: readonly string[]): Promise<string[]> {
  const args = filters.flatMap((filter) => ["--filter", filter]);
  return (await docker(lab, "ps", "--quiet", ...args)).split("\n").filter((id) => id !== "");
}

/** How far the killed one has come. Throws when a service runs on a part of the data. */
async function phaseOf({ stack, lab }: Target): Promise<string> {
  const path = "/var/lib/holdfast/recovery.json";
  const text = await stack.exec("backup", "sh", "-c", `cat ${path} 2>/dev/null || echo '{}'`);
  const { steps, changedAt, servicesStartedAt } = JSON.parse(text) as {
    steps?: { doneAt?: number }[];
    changedAt?: number;
    servicesStartedAt?: number;
  };
  if (steps === undefined) return UNTOUCHED;
  if (servicesStartedAt !== undefined) return "starting services";
  if (changedAt === undefined) return UNTOUCHED;
  const runs = await containersWith(lab, [`name=^/?${stack.container("app")}$`]);
  if (runs.length > 0) throw new Error("the app runs on a part of the data");
  const done = steps.filter(({ doneAt }) => doneAt !== undefined).length;
  return `${done} of ${steps.length} restored`;
}

interface Expected extends Promised, Pick<Shot, "victim" | "withSafety"> {
  /** Nothing that was written between the points and this may be there. */
  lostAt?: number;
}

/** Gives how long it took. */
async function goesWell({ stack, lab }: Target, expected: Expected): Promise<number> {
  const lostAt = expected.lostAt ?? Date.now();
  const began = performance.now();
  const { exitCode, stdout, stderr } = await begin(stack, expected);
  if (exitCode !== 0) throw new Error(`the recovery ended with ${exitCode}: ${stderr}\n${stdout}`);
  const tookMs = Math.round(performance.now() - began);
  const wrong = differences(await readFacts(stack), { ...expected, lostAt });
  if (wrong.length > 0) throw new Error(`${wrong.slice(0, 5).join("; ")}\n${stderr}\n${stdout}`);
  const left = await containersWith(lab, [`label=holdfast.stack=${stack.project}`]);
  if (left.length > 0) throw new Error(`${left.length} containers are left`);
  const state = await stack.exec("backup", "ls", "/var/lib/holdfast");
  if (/^(?:recovery|intervention)\.json/m.test(state)) throw new Error(`the state still has ${state}`);
  return tookMs;
}

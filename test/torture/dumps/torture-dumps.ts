/** Kills the server, the tool or the sidecar at random moments of a dump: no point may be listed that is not whole. */
import { openLab } from "../../e2e/lab/lab.ts";
import { randomFrom } from "../moments.ts";
import { DumpStack, VICTIMS, type Victim } from "./dump-stack.ts";
import { DUMPED, type ServerKind } from "./dumped-servers.ts";

export interface DumpsTorture {
  kills: number;
  seed: number;
  print: (line: string) => void;
}

/** An equal part of the kills for each kind of server. */
export async function tortureDumps({ kills, seed, print }: DumpsTorture): Promise<void> {
  const opened = await openLab();
  const kinds = Object.keys(DUMPED) as ServerKind[];
  try {
    for (const [at, kind] of kinds.entries()) {
      const stack = new DumpStack(opened.lab, kind);
      const part = Math.floor((kills * (at + 1)) / kinds.length) - Math.floor((kills * at) / kinds.length);
      try {
        await stack.up();
        await shootDumps(stack, { kills: part, seed: seed + at, print: (line) => print(`${kind}: ${line}`) });
      } finally {
        await stack.remove();
      }
    }
  } finally {
    await opened.close();
  }
}

/** Gives how many of the kills were survived by a point, which was then restored and found whole. */
export async function shootDumps(stack: DumpStack, { kills, seed, print }: DumpsTorture): Promise<number> {
  const random = randomFrom(seed);
  const began = performance.now();
  const first = await stack.backUp();
  if (first.exitCode !== 0) throw new Error(`${first.stdout}${first.stderr}`);
  const tookMs = performance.now() - began;
  const known = new Set(await stack.points());
  let survived = 0;
  for (let at = 0; at < kills; at += 1) {
    const victim: Victim = VICTIMS[at % VICTIMS.length] ?? "tool";
    const afterMs = random() * tookMs;
    const backup = stack.backUp();
    await new Promise((resolve) => setTimeout(resolve, afterMs));
    await stack.kill(victim);
    const { exitCode } = await backup;
    await stack.bringBack();
    const fresh = (await stack.points()).filter((id) => !known.has(id));
    if (exitCode === 0 && fresh.length === 0)
      throw new Error(`seed ${seed}, kill ${at}: a run that went well has no point`);
    for (const id of fresh) await stack.check(id);
    for (const id of fresh) known.add(id);
    survived += fresh.length;
    print(
      `kill ${at + 1} of ${kills}: ${victim} after ${Math.round(afterMs)} of ${Math.round(tookMs)} ms; ${survived} points in spite of it, all whole`,
    );
  }
  await endWell(stack, known);
  return survived;
}

async function endWell(stack: DumpStack, known: ReadonlySet<string>): Promise<void> {
  const last = await stack.backUp();
  if (last.exitCode !== 0) throw new Error(`the backup after the kills: ${last.stdout}${last.stderr}`);
  if ((await stack.toolsThere()) > 0) throw new Error("a tool was left running");
  const [newest] = (await stack.points()).filter((id) => !known.has(id));
  if (newest === undefined) throw new Error("the backup after the kills has no point");
  await stack.check(newest);
}

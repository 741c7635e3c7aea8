/** Lets the time of a fake clock pass while something ends that also waits for the disk and for commands of a memory engine. */
import type { FakeClock } from "./fake-clock.ts";
import type { MemoryEngine } from "./memory-engine.ts";

const STEP_MS = 100;

/** Slowly, for the disk takes its own time, and not while a container of ours works. */
export async function passing<T>(
  work: Promise<T>,
  { clock, engine }: { clock: FakeClock; engine: MemoryEngine },
): Promise<T> {
  let isOver = false;
  const over = () => (isOver = true);
  work.then(over, over);
  while (!isOver) {
    await new Promise((resolve) => setTimeout(resolve));
    const all = await engine.containers({});
    const works = all.some(({ compose, state }) => compose === undefined && state === "running");
    if (!works) await clock.advance(STEP_MS);
  }
  return work;
}

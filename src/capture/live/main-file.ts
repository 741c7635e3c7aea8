/** The main file of a live database, and when its times tell of the next write. */
import type { Instant, Milliseconds } from "../../domain/instant.ts";
import type { Clock } from "../../ports/clock.ts";
import { CannotCapture } from "./cannot-capture.ts";
import { withLiveFile, type LiveFile } from "./live-file.ts";

/** So long after a write a file's times tell the next one for certain: kernels stamp by ticks of up to 10 ms. */
const SETTLED_MS = 50;
/** On file systems that keep whole seconds. */
const SETTLED_COARSE_MS = 1050;
const NS_A_SECOND = 1_000_000_000n;
const NS_A_MS = 1_000_000n;
const LOOKS = 10;

export async function withMainFile<T>(path: Buffer, work: (main: LiveFile) => Promise<T>): Promise<T> {
  return withLiveFile(path, async (main) => {
    if (main === undefined) throw new CannotCapture("gone", "it is not there any more");
    return work(main);
  });
}

/** Waits until the next write must show in the file's times. Throws where it is written to all the time. */
export async function whenSettled(main: LiveFile, clock: Clock, signal: AbortSignal): Promise<LiveFile> {
  let { stats } = main;
  for (let look = 0; look < LOOKS; look++) {
    const wait = unsettledFor(stats, clock.now());
    if (wait <= 0) return { ...main, stats };
    await clock.sleep(wait, { signal });
    stats = await main.handle.stat({ bigint: true });
  }
  throw new CannotCapture("busy", "it was written to all the time");
}

/** 0 or less where it is settled. Times in the future are told apart from those of any write to come. */
export function unsettledFor(
  { mtimeNs, ctimeNs }: Pick<LiveFile["stats"], "mtimeNs" | "ctimeNs">,
  now: Instant,
): Milliseconds {
  const isCoarse = mtimeNs % NS_A_SECOND === 0n && ctimeNs % NS_A_SECOND === 0n;
  const settled = isCoarse ? SETTLED_COARSE_MS : SETTLED_MS;
  const changed = Number(((mtimeNs > ctimeNs ? mtimeNs : ctimeNs) + NS_A_MS - 1n) / NS_A_MS);
  const age = now - changed;
  return age <= -settled ? 0 : settled - age;
}

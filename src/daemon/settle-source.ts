/** Ends what a killed restore in place left unfinished in a source, before anybody takes that for the source's data. */
import { contains } from "../archive/restore/mount-table.ts";
import { realPath } from "../archive/restore/real-path.ts";
import type { TellEvent } from "../domain/stack-event.ts";
import type { ProcessTable } from "../ports/process-identity.ts";
import type { Source } from "../ports/source.ts";

/** Gives a sentence for each restore that was ended; throws `refused` where one is under way or cannot be ended. */
export type SettleSource = () => Promise<string[]>;

/** `others` are the paths of all sources: one that lies in this one, or around it, may be the one that was restored. */
export function sourceSettler(
  path: string,
  { others, processes }: { others: readonly string[]; processes: ProcessTable },
): SettleSource {
  return async () => {
    const own = await real(path);
    const all = new Set([own, ...(await Promise.all(others.map(real)))]);
    const related = [...all].filter((other) => contains(own, other) || contains(other, own));
    const { settleSwaps } = await import("../archive/in-place/settle-swaps.ts");
    const sentences: string[] = [];
    for (const directory of related) sentences.push(...(await settleSwaps(directory, { processes })));
    return sentences;
  };
}

/** One that cannot be followed is at least where the config says. */
function real(path: string): Promise<string> {
  return realPath(path).catch(() => path);
}

/** Captures as ever, but never half of what a restore put there. */
export function settledSource(source: Source, settle: SettleSource, onEvent: TellEvent): Source {
  return {
    kind: source.kind,
    holdsItself: source.holdsItself,
    inspect: (signal) => source.inspect(signal),
    async capture(request) {
      for (const sentence of await settle()) onEvent({ kind: "cleaned", text: sentence });
      return source.capture(request);
    },
  };
}

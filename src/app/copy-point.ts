/**
 * Copies one recovery point from a store that has it to one that lacks it: the same bytes, checked while they are read and read back
 * as a backup reads them back, the commit record last. What the point needs is to be in the other store already: the caller's promise.
 */
import { createHash } from "node:crypto";
import { cancellation, asError, HoldfastError } from "../domain/errors.ts";
import { PIN_OBJECT, pointPrefix, type CommitRecord, type PointObject } from "../domain/recovery-point.ts";
import type { Clock } from "../ports/clock.ts";
import type { Store } from "../ports/store.ts";
import { chunksInTime } from "./chunks-in-time.ts";
import { Destination, STALL_LIMIT, type BackupStore } from "./destination.ts";
import { encodePin, readRecordText } from "./point-objects.ts";
import { SecretDigest } from "./secret-digest.ts";

export interface PointCopying {
  record: CommitRecord;
  from: Store;
  to: BackupStore;
  clock: Clock;
  signal: AbortSignal;
  /** Why it is to be pinned there; undefined: it is not. */
  pinnedBecause?: string | undefined;
  /** Told of every chunk that was read. */
  onBytes?: ((count: number) => void) | undefined;
}

/** Which of the two stores is to blame. */
export interface CopyFailure {
  side: "from" | "to";
  error: Error;
}

/** Undefined when the point is there; never rejects. The other store is then as it was. */
export async function copyPoint(copying: PointCopying): Promise<CopyFailure | undefined> {
  const { from, record, signal } = copying;
  const prefix = pointPrefix(record.stack, record.job, record.id);
  const destination = new Destination({ ...copying.to, prefix, clock: copying.clock, signal });
  const secrets = new Map<string, SecretDigest>();
  try {
    const original = await readRecordText(from, record, { signal });
    for (const object of original.record.objects) {
      const secret = new SecretDigest();
      secrets.set(object.name, secret);
      await send({ ...copying, prefix, object, destination, secret });
      if (destination.failure !== undefined) break;
    }
    await pinAhead(copying, destination);
    await destination.complete(original.record, {
      comparisonOf: ({ name }) => secrets.get(name)?.comparison(),
      bytes: Buffer.from(original.text),
    });
  } catch (thrown) {
    const error = asError(thrown);
    await destination.abandon(error);
    if (destination.failure === error) return { side: "from", error };
  }
  return destination.failure && { side: "to", error: destination.failure };
}

/** Before it exists: a copy that is cut off is none, and one that is there is pinned. */
async function pinAhead({ clock, pinnedBecause: reason }: PointCopying, to: Destination): Promise<void> {
  if (reason !== undefined && to.failure === undefined)
    await to.startUpload(PIN_OBJECT)(encodePin({ at: clock.now(), reason }));
}

interface Sending extends PointCopying {
  prefix: string;
  object: PointObject;
  destination: Destination;
  secret: SecretDigest;
}

/** Throws what the store that is read from is to blame for. */
async function send({ from, prefix, object, destination, secret, ...rest }: Sending): Promise<void> {
  const { clock, signal, onBytes } = rest;
  const key = prefix + object.name;
  const what = `Reading from store ${from.name}`;
  const write = destination.startUpload(object.name);
  const hash = createHash("sha256");
  let size = 0;
  const chunks = from.get(key, { signal, transient: true });
  for await (const chunk of chunksInTime(chunks, { clock, limit: STALL_LIMIT, what })) {
    if (signal.aborted) throw cancellation(signal, "Copying a recovery point");
    hash.update(chunk);
    secret.update(chunk);
    size += chunk.byteLength;
    onBytes?.(chunk.byteLength);
    await write(chunk);
    if (destination.failure !== undefined) return;
  }
  if (size === object.size && hash.digest("hex") === object.sha256) return;
  throw new HoldfastError("damaged", {
    what: `Copying ${from.name}:${key}`,
    why: "it is not what its commit record says",
    next: `verify the recovery point in ${from.name}`,
  });
}

/**
 * What a cloud keeps by its own means (snapshots of disks, managed backups of a database) as a store: what is true of a point is what the
 * cloud says of it, so that catalog, retention, freshness, pins and proofs are what they are everywhere. No byte of the data goes through it.
 *
 * What labels cannot hold (the commit record as it was written, the words of proofs, locks) is kept beside, in a store of this
 * machine; where that is lost, the commit record is made of what the cloud says.
 */
import { HoldfastError } from "../../domain/errors.ts";
import type { SnapshotMark } from "../../domain/disk-snapshot.ts";
import type { Instant } from "../../domain/instant.ts";
import {
  COMMIT_RECORD,
  isPointId,
  PIN_OBJECT,
  PROOFS_FOLDER,
  stackPrefix,
} from "../../domain/recovery-point.ts";
import type { Clock } from "../../ports/clock.ts";
import type { DeleteOptions, GetOptions, PutOptions, Store, StoredObject } from "../../ports/store.ts";
import type { CloudPoints, MadeObject, SnapshotFolder } from "./cloud-points.ts";

export interface SnapshotStoreOptions {
  name: string;
  kind: string;
  stack: string;
  /** What its points are, such as `snapshots of disks`. */
  holds: string;
  /** The cloud makes the points of the job by itself: they bear nothing of ours, and are not ours to delete. */
  isObserved: (job: string) => boolean;
  /** Loads what asks the cloud when it is first needed. */
  points: () => Promise<CloudPoints>;
  /** Of this machine. */
  companion: Store;
  clock: Clock;
}

interface WithSignal {
  signal?: AbortSignal | undefined;
}

/** An object: made of labels, or kept by the companion, whose text then comes first. */
type Shown = { object: StoredObject; made: MadeObject | undefined };

export class SnapshotStore implements Store {
  readonly name: string;
  readonly kind: string;
  readonly #options: SnapshotStoreOptions;
  /** As last listed, so that reading what a listing showed does not list again; dropped at every change. */
  readonly #listed = new Map<string, MadeObject>();

  constructor(options: SnapshotStoreOptions) {
    this.name = options.name;
    this.kind = options.kind;
    this.#options = options;
  }

  async put(key: string, body: AsyncIterable<Uint8Array>, options: PutOptions = {}): Promise<StoredObject> {
    const { companion } = this.#options;
    const place = this.#placeOf(key);
    if (place === undefined) return companion.put(key, body, options);
    const change = markOf(place.name, await textOf(body), this.#options.clock.now());
    if (change === undefined) throw this.#noObjects(key);
    // What a schedule of the provider has made bears no labels of ours.
    const isObserved = this.#options.isObserved(place.point.job);
    if (isObserved && place.name === PIN_OBJECT) throw this.#notOurs(`Pinning ${this.name}:${key}`);
    this.#listed.clear();
    const { signal = new AbortController().signal } = options;
    const kept = await companion.put(key, once(change.bytes), { ...options, replace: true });
    if (isObserved && place.name.startsWith(PROOFS_FOLDER)) return kept;
    const points = await this.#options.points();
    await points.mark(place.point, { [change.mark]: change.at }, signal);
    return kept;
  }

  async *get(key: string, options: GetOptions = {}): AsyncGenerator<Uint8Array> {
    if (this.#placeOf(key) !== undefined) yield* this.#getOfPoint(key, options);
    else yield* this.#options.companion.get(key, options);
  }

  async *#getOfPoint(key: string, options: GetOptions): AsyncGenerator<Uint8Array> {
    const { companion } = this.#options;
    const made = this.#listed.get(key) ?? (await this.#find(key, options))?.made;
    const kept = await companion.stat(key, options);
    if (made === undefined && (kept === undefined || !key.includes(`/${PROOFS_FOLDER}`)))
      throw this.#missing(key);
    if (made?.wrong !== undefined) throw made.wrong;
    if (kept === undefined) yield* rangeOf(made?.text() ?? "", options);
    else yield* companion.get(key, options);
  }

  async stat(key: string, options: WithSignal = {}): Promise<StoredObject | undefined> {
    if (this.#placeOf(key) === undefined) return this.#options.companion.stat(key, options);
    return (await this.#find(key, options))?.object;
  }

  async *list(prefix: string, options: WithSignal = {}): AsyncGenerator<StoredObject> {
    const found = await this.#show(prefix, options);
    for (const { object } of found) yield object;
  }

  async delete(key: string, options: DeleteOptions = {}): Promise<void> {
    const { companion, points: load } = this.#options;
    const place = this.#placeOf(key);
    if (place === undefined) return companion.delete(key, options);
    this.#listed.clear();
    const { signal = new AbortController().signal } = options;
    const { point, name } = place;
    if (this.#options.isObserved(point.job)) throw this.#notOurs(`Deleting ${this.name}:${key}`);
    const points = await load();
    if (name === PIN_OBJECT) await unlessGone(points.mark(point, { pinned: undefined }, signal));
    else if (!name.startsWith(PROOFS_FOLDER)) await this.#removePoint(points, key, { point, signal });
    await companion.delete(key, options);
  }

  removeLeftovers(prefix: string, options?: WithSignal): Promise<number> {
    return this.#options.companion.removeLeftovers(prefix, options);
  }

  async space(): Promise<undefined> {
    return undefined;
  }

  /** The whole point, with its commit record; or, by any other key, what never became one. */
  async #removePoint(
    points: CloudPoints,
    key: string,
    { point, signal }: { point: Place["point"]; signal: AbortSignal },
  ): Promise<void> {
    const found = (await this.#find(key, { signal }))?.made;
    if (found === undefined) return;
    await points.remove(point, signal);
  }

  async #find(key: string, options: WithSignal): Promise<Shown | undefined> {
    const folder = key.slice(0, key.lastIndexOf("/") + 1).replace(new RegExp(`${PROOFS_FOLDER}$`), "");
    return (await this.#show(folder, options)).find(({ object }) => object.key === key);
  }

  /** In the order of their keys. */
  async #show(prefix: string, options: WithSignal): Promise<Shown[]> {
    const { companion } = this.#options;
    const kept = new Map<string, StoredObject>();
    for await (const object of companion.list(prefix, options)) kept.set(object.key, object);
    const shown: Shown[] = [];
    const folders = await this.#folders(prefix, options);
    for (const key of this.#listed.keys()) if (key.startsWith(prefix)) this.#listed.delete(key);
    for (const folder of folders) shown.push(...this.#shownOf(folder, kept));
    for (const [key, object] of kept)
      if (this.#placeOf(key) === undefined) shown.push({ object, made: undefined });
    return shown
      .filter(({ object }) => object.key.startsWith(prefix))
      .toSorted((a, b) => Buffer.compare(Buffer.from(a.object.key), Buffer.from(b.object.key)));
  }

  /** What the companion has of a point that there is not any more is nothing. */
  #shownOf({ prefix, objects }: SnapshotFolder, kept: ReadonlyMap<string, StoredObject>): Shown[] {
    const isPoint = objects.some(({ key }) => key === prefix + COMMIT_RECORD);
    const proofs = [...kept.values()].filter(({ key }) => isPoint && key.startsWith(prefix + PROOFS_FOLDER));
    for (const made of objects) this.#listed.set(made.key, made);
    const others = objects.filter(({ key }) => !proofs.some((proof) => proof.key === key));
    return [
      ...others.map((made) => ({ made, object: shownAs(made, kept.get(made.key)) })),
      ...proofs.map((object) => ({ made: undefined, object })),
    ];
  }

  async #folders(
    prefix: string,
    { signal = new AbortController().signal }: WithSignal,
  ): Promise<SnapshotFolder[]> {
    const { stack, clock, points } = this.#options;
    const rest = withoutStart(prefix, stackPrefix(stack));
    const [job, ...below] = (rest ?? ".").split("/");
    if (job?.startsWith(".") === true) return [];
    const scope = { job: below.length === 0 ? undefined : job, now: clock.now() };
    return (await points()).folders(scope, signal);
  }

  /** Undefined for what is of no point. */
  #placeOf(key: string): Place | undefined {
    const { stack } = this.#options;
    const [job = "", id = "", ...name] = (withoutStart(key, stackPrefix(stack)) ?? "").split("/");
    if (job.startsWith(".") || !isPointId(id) || name.length === 0) return undefined;
    return { point: { stack, job, point: id }, name: name.join("/") };
  }

  #noObjects(key: string): HoldfastError {
    const why = `it holds ${this.#options.holds}, and nothing else`;
    return new HoldfastError("unsupported", { what: `Writing ${this.name}:${key}`, why });
  }

  #missing(key: string): HoldfastError {
    return new HoldfastError("not-found", {
      what: `Reading ${this.name}:${key}`,
      why: "there is no such object",
    });
  }

  #notOurs(what: string): HoldfastError {
    const why = "the point was made by a schedule of the cloud, which also deletes it";
    return new HoldfastError("refused", { what, why });
  }
}

interface Place {
  point: { stack: string; job: string; point: string };
  /** Within the point's folder. */
  name: string;
}

interface Marking {
  mark: SnapshotMark;
  at: Instant;
  bytes: Uint8Array;
}

function markOf(name: string, bytes: Buffer, now: Instant): Marking | undefined {
  if (name === COMMIT_RECORD) return { mark: "committed", at: now, bytes };
  if (name === PIN_OBJECT) return { mark: "pinned", at: now, bytes };
  if (!name.startsWith(PROOFS_FOLDER)) return undefined;
  const { at, outcome } = JSON.parse(bytes.toString()) as { at: string; outcome: string };
  return { mark: outcome === "passed" ? "drilled" : "drill-failed", at: Date.parse(at), bytes };
}

function withoutStart(text: string, start: string): string | undefined {
  return text.startsWith(start) ? text.slice(start.length) : undefined;
}

/** As it was written, where that is at hand and still true. */
function shownAs(made: MadeObject, kept: StoredObject | undefined): StoredObject {
  if (kept !== undefined && made.wrong === undefined) return kept;
  const { text: _text, wrong: _wrong, ...object } = made;
  return object;
}

function* rangeOf(text: string, { range }: GetOptions): Generator<Uint8Array> {
  const { offset, length } = range ?? { offset: 0, length: Number.MAX_SAFE_INTEGER };
  yield Buffer.from(text).subarray(offset, offset + length);
}

async function unlessGone(work: Promise<void>): Promise<void> {
  await work.catch((error: unknown) => {
    if (!(error instanceof HoldfastError) || error.code !== "not-found") throw error;
  });
}

async function textOf(body: AsyncIterable<Uint8Array>): Promise<Buffer> {
  const chunks: Buffer[] = [];
  for await (const chunk of body) chunks.push(Buffer.from(chunk));
  return Buffer.concat(chunks);
}

async function* once(bytes: Uint8Array): AsyncGenerator<Uint8Array> {
  yield bytes;
}

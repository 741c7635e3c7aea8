/** The snapshots of points: made, awaited, marked, listed and deleted. */
import { randomUUID } from "node:crypto";
import type { DiskRef, DiskSnapshot, SnapshotMark } from "../../domain/disk-snapshot.ts";
import { asError, HoldfastError, hasCode } from "../../domain/errors.ts";
import { formatDuration } from "../../domain/human-text.ts";
import { SECOND, type Instant, type Milliseconds } from "../../domain/instant.ts";
import type { PointOfJob, PointSnapshots, SnapshotRequest } from "../../ports/snapshot-provider.ts";
import { refusalBehind } from "../../remote/google-refusal.ts";
import { beginSnapshot, findSnapshot } from "./begin-snapshot.ts";
import type { ComputeApi, Purpose } from "./compute-api.ts";
import { describeSnapshot } from "./describe-snapshot.ts";
import { possibleFrom } from "./frequency.ts";
import { isOfPoint, JOB, POINT, STACK, withMarks } from "./labels.ts";
import { labelOf, pointLabel } from "./names.ts";
import { awaitOperation, OPERATION_LIMIT } from "./operations.ts";
import { Pauses } from "../pauses.ts";
import { sameDisk } from "./places.ts";
import { Operation, Snapshot } from "./resources.ts";

/** A listing may not show at once what was made just now. */
const LOOKS_UNTIL_GONE = 3;
/** Others who change labels of the same snapshot at the same time. */
const LABEL_ATTEMPTS = 6;

export class GcePointSnapshots implements PointSnapshots {
  readonly #api: ComputeApi;

  constructor(api: ComputeApi) {
    this.#api = api;
  }

  labelOf(name: string): string {
    return labelOf(name);
  }

  async possibleFrom(disks: readonly DiskRef[], signal: AbortSignal): Promise<Instant> {
    return possibleFrom(this.#api, disks, { what: "Asking when snapshots are possible", signal });
  }

  async create(request: SnapshotRequest, signal: AbortSignal): Promise<void> {
    if (request.guestFlush && request.disks.some((disk) => "region" in disk)) {
      throw new HoldfastError("unsupported", {
        what: `Taking snapshots for point ${request.point}`,
        why: "the guest of a regional disk cannot be asked to flush",
        next: "leave `guestFlush` out",
      });
    }
    const failed = new AbortController();
    const ended = AbortSignal.any([signal, failed.signal]);
    const failures: Error[] = [];
    const begun = request.disks.map(async (disk) => {
      try {
        await beginSnapshot(this.#api, request, { disk, signal: ended });
      } catch (error) {
        // The first failure ends the others.
        failures.push(asError(error));
        failed.abort(error);
      }
    });
    await Promise.all(begun);
    if (failures[0] !== undefined) throw failures[0];
  }

  async awaitReady(
    set: PointOfJob & { disks: number },
    { timeout, signal }: { timeout: Milliseconds; signal: AbortSignal },
  ): Promise<DiskSnapshot[]> {
    const purpose = { what: `Waiting for the snapshots of point ${set.point}`, signal };
    const pauses = new Pauses(this.#api.clock, { from: SECOND, to: 15 * SECOND, limit: timeout });
    for (let missed = 0; ;) {
      const found = await this.#ofPoint(set, purpose);
      const bad = found.find(({ status }) => status === "FAILED" || status === "DELETING");
      if (bad !== undefined) throw lost(purpose, `the snapshot ${bad.name} is ${bad.status.toLowerCase()}`);
      if (found.length === set.disks && found.every(({ status }) => status === "READY")) {
        return found.map(describeSnapshot);
      }
      missed = found.length < set.disks ? missed + 1 : 0;
      if (missed >= LOOKS_UNTIL_GONE) {
        throw lost(purpose, `${set.disks - found.length} of its ${set.disks} snapshots are gone`);
      }
      if (await pauses.next(signal, purpose.what)) continue;
      const why = `they are not uploaded yet after ${formatDuration(timeout)}`;
      throw new HoldfastError("timeout", { what: purpose.what, why });
    }
  }

  async mark(
    point: PointOfJob,
    marks: Readonly<Partial<Record<SnapshotMark, Instant | undefined>>>,
    signal: AbortSignal,
  ): Promise<void> {
    const purpose = { what: `Marking the snapshots of point ${point.point}`, signal };
    const found = await this.#ofPoint(point, purpose);
    if (found.length === 0) {
      throw new HoldfastError("not-found", { what: purpose.what, why: "there are none" });
    }
    for (const { name } of found) {
      await this.#relabel(
        name,
        (labels) => (isOfPoint(labels, point) ? withMarks(labels, marks) : undefined),
        purpose,
      );
    }
  }

  /** Labels are replaced as a whole: never those that somebody has set since they were read. */
  async #relabel(
    name: string,
    change: (labels: Snapshot["labels"]) => Snapshot["labels"] | undefined,
    purpose: Purpose,
  ): Promise<void> {
    for (let attempt = 1; ; attempt++) {
      const snapshot = await findSnapshot(this.#api, name, purpose);
      if (snapshot === undefined) throw lost(purpose, `the snapshot ${name} is gone`);
      const labels = change(snapshot.labels);
      if (labels === undefined) return;
      const { labelFingerprint } = snapshot;
      try {
        const path = `global/snapshots/${name}/setLabels`;
        const call = { ...purpose, method: "POST" as const, path, body: { labels, labelFingerprint } };
        const operation = await this.#api.call(call, Operation);
        await awaitOperation(this.#api, operation, { ...purpose, scope: "global" });
        return;
      } catch (error) {
        // Also after an answer that was lost: then there is nothing left to change.
        if (refusalBehind(error)?.status !== 412 || attempt >= LABEL_ATTEMPTS) throw error;
      }
    }
  }

  async list(
    { stack, job }: { stack: string; job?: string | undefined },
    signal: AbortSignal,
  ): Promise<DiskSnapshot[]> {
    const labels = { [STACK]: labelOf(stack), ...(job === undefined ? {} : { [JOB]: labelOf(job) }) };
    const found = await this.#list(labels, { what: `Listing the snapshots of ${stack}`, signal });
    return found.map(describeSnapshot).filter(({ ours }) => ours !== undefined);
  }

  /** No filter tells of schedules for certain. */
  async listScheduled(
    { schedule, disks }: { schedule: string; disks?: readonly DiskRef[] | undefined },
    signal: AbortSignal,
  ): Promise<DiskSnapshot[]> {
    const found = [];
    const listing = { what: `Listing the snapshots of ${schedule}`, signal, path: "global/snapshots" };
    for await (const snapshot of this.#api.list(listing, Snapshot)) {
      const described = describeSnapshot(snapshot);
      if (described.schedule !== schedule) continue;
      if (disks === undefined || disks.some((disk) => sameDisk(disk, described.disk))) found.push(described);
    }
    return found;
  }

  async remove(point: PointOfJob, signal: AbortSignal): Promise<number> {
    const purpose = { what: `Deleting the snapshots of point ${point.point}`, signal };
    const found = await this.#ofPoint(point, purpose);
    let removed = 0;
    for (const { name } of found) if (await this.#removeOne(name, point, purpose)) removed++;
    return removed;
  }

  /** False where it is gone already, or not ours any more. */
  async #removeOne(name: string, point: PointOfJob, purpose: Purpose): Promise<boolean> {
    const snapshot = await findSnapshot(this.#api, name, purpose);
    if (snapshot === undefined || !isOfPoint(snapshot.labels, point)) return false;
    if (snapshot.status === "DELETING") return this.#awaitGone(name, purpose);
    const path = `global/snapshots/${name}`;
    const call = { ...purpose, method: "DELETE" as const, path, query: { requestId: randomUUID() } };
    try {
      const operation = await this.#api.call(call, Operation);
      await awaitOperation(this.#api, operation, { ...purpose, scope: "global" });
    } catch (error) {
      if (!hasCode(error, "not-found")) throw error;
    }
    return true;
  }

  /** Somebody else deletes it. */
  async #awaitGone(name: string, purpose: Purpose): Promise<boolean> {
    const pauses = new Pauses(this.#api.clock, { from: SECOND / 2, to: 5 * SECOND, limit: OPERATION_LIMIT });
    while ((await findSnapshot(this.#api, name, purpose)) !== undefined) {
      if (await pauses.next(purpose.signal, purpose.what)) continue;
      throw new HoldfastError("timeout", { what: purpose.what, why: `${name} is still being deleted` });
    }
    return false;
  }

  async #ofPoint(point: PointOfJob, purpose: Purpose): Promise<Snapshot[]> {
    const labels = {
      ...{ [STACK]: labelOf(point.stack), [JOB]: labelOf(point.job), [POINT]: pointLabel(point.point) },
    };
    return (await this.#list(labels, purpose)).filter((snapshot) => isOfPoint(snapshot.labels, point));
  }

  async #list(labels: Readonly<Record<string, string>>, purpose: Purpose): Promise<Snapshot[]> {
    const terms = Object.entries(labels).map(([key, value]) => `(labels.${key} = "${value}")`);
    const found = [];
    const listing = { ...purpose, path: "global/snapshots", query: { filter: terms.join(" AND ") } };
    for await (const snapshot of this.#api.list(listing, Snapshot)) {
      const isWanted = Object.entries(labels).every(([key, value]) => snapshot.labels[key] === value);
      if (isWanted) found.push(snapshot);
    }
    return found;
  }
}

function lost({ what }: Purpose, why: string): HoldfastError {
  return new HoldfastError("store", { what, why, next: "take a new backup" });
}

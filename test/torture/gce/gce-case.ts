/**
 * One sequence of what a backup, a prune and a drill ask of Compute Engine, with faults at random requests, processes that die in between, and somebody else who
 * works in the same project. After each step the project is looked at: no second snapshot of an intention, no label lost, nothing foreign deleted, and
 * either success or one clear sentence.
 */
import { HoldfastError } from "../../../src/domain/errors.ts";
import { HOUR, MINUTE } from "../../../src/domain/instant.ts";
import type { GceProvider } from "../../../src/snapshots/gce/gce-provider.ts";
import type { FakeCompute } from "../../fakes/gce/fake-compute.ts";
import { providerOver, startCompute, ZONE } from "../../fakes/gce/stand-in.ts";
import { SlippingClock } from "../../fakes/slipping-clock.ts";
import { randomFrom } from "../moments.ts";
import { addStrangers, type Strangers } from "./strangers.ts";
import { MachineFailed, TorturedSwap } from "./swap-step.ts";
import { randomFault } from "./random-fault.ts";

const POINTS = ["20261120T030000Z-7f3a", "20261121T030000Z-0001"].map((point) => ({
  ...{ stack: "analytics", job: "disk.all", point },
}));
const DISKS = [
  { zone: ZONE, name: "data-disk" },
  { zone: ZONE, name: "home-disk" },
];
const STEPS = 10;
const NEVER = new AbortController().signal;

type Point = (typeof POINTS)[number];

interface Tally {
  faults: number;
  succeeded: number;
  failed: number;
}

export async function tortureGceCase(seed: number): Promise<Tally> {
  const clock = new SlippingClock();
  const compute = await startCompute(clock);
  try {
    return await new GceCase(compute, clock, seed).run();
  } finally {
    await compute.close();
  }
}

class GceCase {
  readonly #compute: FakeCompute;
  readonly #clock: SlippingClock;
  readonly #random: () => number;
  readonly #strangers: Strangers;
  readonly #tally: Tally = { faults: 0, succeeded: 0, failed: 0 };
  readonly #disks: number;
  readonly #swap: TorturedSwap;
  #provider: GceProvider;
  /** Dies with the step that is under way. */
  #process = new AbortController();

  constructor(compute: FakeCompute, clock: SlippingClock, seed: number) {
    this.#compute = compute;
    this.#clock = clock;
    this.#random = randomFrom(seed);
    this.#provider = this.#restarted();
    this.#disks = 1 + Math.floor(this.#random() * DISKS.length);
    compute.api.pageSize = 1 + Math.floor(this.#random() * 3);
    compute.operations.ticksAStep = 1 + Math.floor(this.#random() * 4);
    this.#swap = new TorturedSwap({ compute, clock, random: this.#random });
    compute.onHang = () => void clock.advance(3 * MINUTE);
    this.#strangers = addStrangers(compute.project, POINTS[0]!, this.#random);
  }

  #restarted(): GceProvider {
    return providerOver(this.#compute, this.#clock, { around: { random: this.#random } });
  }

  async run(): Promise<Tally> {
    const share = this.#random() * 0.4;
    this.#compute.faults.decide = (method) => {
      if (this.#random() < 0.01) this.#process.abort();
      const fault = this.#random() < share ? randomFault(method, this.#random) : undefined;
      if (fault !== undefined) this.#tally.faults++;
      return fault;
    };
    for (let step = 0; step < STEPS; step++) {
      const point = this.#pick(POINTS);
      this.#compute.project.outcome = this.#random() < 0.1 ? "failed" : "ready";
      await this.#step(point);
      if (this.#random() < 0.3) this.#strangers.work();
      this.#look();
    }
    await this.#cleanUp();
    this.#look();
    return this.#tally;
  }

  async #step(point: Point): Promise<void> {
    const steps = [
      ...[this.#backUp, this.#backUp, this.#pin, this.#list, this.#drill, this.#remove],
      this.#swapDisks,
    ];
    await this.#attempt(() => this.#pick(steps).call(this, point));
  }

  async #attempt(work: () => Promise<void>): Promise<void> {
    this.#process = new AbortController();
    try {
      await work();
      this.#tally.succeeded++;
    } catch (error) {
      assertClear(error);
      this.#tally.failed++;
    }
    if (this.#process.signal.aborted) this.#provider = this.#restarted();
  }

  async #backUp(point: Point): Promise<void> {
    const { signal } = this.#process;
    const { snapshots } = this.#provider;
    const disks = DISKS.slice(0, this.#disks);
    await snapshots.create({ ...point, disks, tier: "standard", guestFlush: false }, signal);
    this.#expect(
      this.#ours(point).every(({ status }) => status !== "CREATING"),
      "resolved before the moment was fixed",
    );
    const ready = await snapshots.awaitReady({ ...point, disks: disks.length }, { timeout: HOUR, signal });
    this.#expect(ready.length === disks.length, `${ready.length} snapshots are ready`);
    await snapshots.mark(point, { committed: this.#clock.now() }, signal);
    this.#expect(
      this.#ours(point).every(({ labels }) => "holdfast-committed" in labels),
      "a mark is missing",
    );
  }

  async #pin(point: Point): Promise<void> {
    await this.#provider.snapshots.mark(point, { pinned: this.#clock.now() }, this.#process.signal);
    this.#expect(
      this.#ours(point).every(({ labels }) => "holdfast-pinned" in labels),
      "a pin is missing",
    );
  }

  async #list(point: Point): Promise<void> {
    const listed = await this.#provider.snapshots.list(point, this.#process.signal);
    const names = listed.map(({ name }) => name).sort();
    const there = POINTS.flatMap((each) => this.#ours(each).map(({ name }) => name)).sort();
    this.#expect(names.join() === there.join(), `listed are ${names.join()} of ${there.join()}`);
  }

  async #remove(point: Point): Promise<void> {
    await this.#provider.snapshots.remove(point, this.#process.signal);
    this.#expect(this.#ours(point).length === 0, "a snapshot is left of a point that was deleted");
  }

  async #drill(point: Point): Promise<void> {
    const [snapshot] = this.#ours(point);
    if (snapshot === undefined) return;
    const { signal } = this.#process;
    const disk = { zone: ZONE, name: `drill-${point.point.slice(-4)}` };
    const intention = `drill-of-${point.point.slice(-4)}`;
    const { disks } = this.#provider;
    await disks.create({ ...point, disk, snapshot: snapshot.name, intention, forDrill: true }, signal);
    const machine = { zone: ZONE, name: "vm-1" };
    await disks.attach({ machine, disk, deviceName: disk.name, readOnly: true }, signal);
    await disks.detach({ machine, disk }, signal);
    await disks.removeDrillDisk(disk, point.stack, signal);
    this.#expect(
      !this.#compute.project.disks.has(`zones/${ZONE}/disks/${disk.name}`),
      "a disk of a drill is left",
    );
  }

  /** After it, whatever has happened, one of the two is in place: the one that it says. */
  async #swapDisks(): Promise<void> {
    const { faults } = this.#compute;
    const restarted = () => {
      if (this.#process.signal.aborted) {
        this.#process = new AbortController();
        this.#provider = this.#restarted();
      }
      return { provider: this.#provider, signal: this.#process.signal };
    };
    const heal = () => {
      const { decide } = faults;
      faults.decide = () => undefined;
      return () => void (faults.decide = decide);
    };
    try {
      await this.#swap.step(restarted, heal);
    } finally {
      const trouble = this.#swap.trouble();
      this.#expect(trouble === undefined, trouble ?? "");
    }
  }

  /** The next start, when all is well again, finds and ends what is left. */
  async #cleanUp(): Promise<void> {
    this.#compute.faults.decide = () => undefined;
    this.#strangers.letGo();
    const { snapshots, disks } = this.#restarted();
    const machine = { zone: ZONE, name: "vm-1" };
    for (const { disk } of await disks.drillDisks("analytics", NEVER)) {
      await disks.detach({ machine, disk }, NEVER);
      await disks.removeDrillDisk(disk, "analytics", NEVER);
    }
    for (const point of POINTS) {
      await snapshots.remove(point, NEVER);
      this.#expect(this.#ours(point).length === 0, "a snapshot is left when all is well again");
    }
    const left = [...this.#compute.project.disks.keys()].filter((path) => path.includes("drill-"));
    this.#expect(left.length === 0, "a disk of a drill is left when all is well again");
  }

  #look(): void {
    const { violations, project } = this.#compute;
    this.#expect(violations.length === 0, violations.join("; "));
    for (const point of POINTS) {
      const sources = this.#ours(point).map(({ sourceDisk }) => String(sourceDisk));
      this.#expect(new Set(sources).size === sources.length, "there is a second snapshot of an intention");
    }
    const twice = [...project.everMade].filter(
      ([name, times]) => times > 1 && !this.#strangers.deleted.has(name) && !project.deleted.includes(name),
    );
    this.#expect(twice.length === 0, `made twice: ${twice.join()}`);
    const foreignDisks = this.#compute.disks.deleted.filter((path) => !path.includes("/disks/drill-"));
    this.#expect(foreignDisks.length === 0, `deleted: ${foreignDisks.join()}`);
    const lost = this.#strangers.lost();
    this.#expect(lost.length === 0, lost.join("; "));
  }

  /** By what the labels say, whatever the name. */
  #ours({ stack, point }: Point) {
    return [...this.#compute.project.snapshots.values()]
      .map(({ resource }) => resource)
      .filter(
        ({ labels }) =>
          labels["holdfast-stack"] === stack &&
          labels["holdfast-job"] === this.#provider.snapshots.labelOf("disk.all") &&
          labels["holdfast-point"] === point.toLowerCase() &&
          labels["holdfast-disks"] === String(this.#disks),
      );
  }

  #pick<T>(from: readonly T[]): T {
    return from[Math.floor(this.#random() * from.length)] as T;
  }

  #expect(holds: boolean, problem: string): void {
    if (!holds) throw new Broken(problem);
  }
}

/** A promise that was not kept. */
export class Broken extends Error {}

function assertClear(error: unknown): void {
  if (error instanceof MachineFailed) return;
  if (!(error instanceof HoldfastError)) throw error;
  const { message, code } = error;
  const isClear = /^[A-Z][^\n]+ failed: [^\n]+\.$/.test(message) && !/undefined|\[object|NaN/.test(message);
  if (!isClear || code === "internal") throw new Broken(`no clear sentence: ${code} ${message}`);
}

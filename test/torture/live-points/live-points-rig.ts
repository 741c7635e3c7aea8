/**
 * Backups of a volume whose database is written to, by the whole product but for its command line and a container engine of its own: who is
 * paused is a process. Each point is restored, and what comes back is read.
 */
import { mkdirSync, rmSync } from "node:fs";
import { join } from "node:path";

import { backupJob } from "../../../src/app/backup-job.ts";
import { Catalog } from "../../../src/app/catalog.ts";
import { HeldLocks } from "../../../src/app/held-locks.ts";
import { Hooks } from "../../../src/app/interventions/run-hooks.ts";
import { ServiceHolder } from "../../../src/app/interventions/service-holder.ts";
import { observeAll } from "../../../src/app/observe-all.ts";
import { runRestore } from "../../../src/app/run-restore.ts";
import { StackLocks } from "../../../src/app/stack-lock.ts";
import type { AppContext } from "../../../src/app/app-context.ts";
import { createDirectorySource } from "../../../src/daemon/compose-directory.ts";
import { parseSchedule } from "../../../src/config/cron.ts";
import { systemProcessTable } from "../../../src/observability/process-identity.ts";
import { FileKeyring } from "../../../src/encryption/keyring.ts";
import { systemClock } from "../../../src/observability/system-clock.ts";
import type { Source } from "../../../src/ports/source.ts";
import type { DatabaseRecord } from "../../../src/sources/volume/databases/database-record.ts";
import { openIndexCache } from "../../../src/state/index-cache.ts";
import { openMemoryState } from "../../../src/state/sqlite-state.ts";
import { LocalStore } from "../../../src/stores/local/local-store.ts";
import { testJob } from "../../fakes/app-workshop.ts";
import { MemoryEngine } from "../../fakes/memory-engine.ts";
import { memoryJournal } from "../../fakes/memory-journal.ts";
import { holdProcess, isStopped, letGoOn } from "./held-process.ts";
import { startSubject, type LiveSubject, type SubjectName } from "./live-subject.ts";

/** `failed`: no point came about; `wrong`: what was restored cannot be, or lacks commits. */
export interface PointTrial {
  outcome: "right" | "failed" | "wrong";
  why?: string;
  /** Of all but `failed`. */
  record?: DatabaseRecord;
  kind?: "full" | "incremental";
  /** Of the backup. */
  ms: number;
}

const STACK = "torture";
const { signal } = new AbortController();

export class LivePointsRig {
  readonly #root: string;
  readonly #context: AppContext;
  readonly #store: LocalStore;
  readonly #source: Source;
  readonly #subject: LiveSubject;
  #restores = 0;

  /** In that directory, which is the rig's. */
  static async start(root: string, name: SubjectName, seed: number): Promise<LivePointsRig> {
    for (const folder of ["source", "archive", "state", "aside"])
      mkdirSync(join(root, folder), { recursive: true });
    const subject = await startSubject(name, {
      ...{ source: join(root, "source"), aside: join(root, "aside"), seed },
    });
    return new LivePointsRig(root, subject);
  }

  private constructor(root: string, subject: LiveSubject) {
    const processes = systemProcessTable();
    const scratch = join(root, "state/scratch");
    const { key, file } = subject;
    this.#root = root;
    this.#subject = subject;
    this.#context = contextOf(root, subject);
    this.#store = new LocalStore({ name: "local", path: join(root, "archive"), processes });
    const embeddedDatabases = { together: false, rules: key === undefined ? [] : [{ match: file, key }] };
    this.#source = createDirectorySource(
      { path: join(root, "source"), embeddedDatabases } as Parameters<typeof createDirectorySource>[0],
      { clock: systemClock, random: Math.random, processes, scratch },
    );
  }

  async end(): Promise<void> {
    await this.#subject.end();
    rmSync(this.#root, { recursive: true, force: true });
  }

  async trial(): Promise<PointTrial> {
    const subject = this.#subject;
    const acknowledged = subject.acknowledged();
    const startedAt = performance.now();
    const { report, error, run } = await backupJob(this.#context, {
      job: testJob({
        sourceKind: "volume",
        full: parseSchedule("0 0 * * 1", "UTC"),
        retention: { last: 2 },
        timeout: 600_000,
      }),
      ...{ source: this.#source, stores: [this.#store], trigger: "schedule", signal },
    });
    const ms = performance.now() - startedAt;
    if (isStopped(subject.pid)) return { outcome: "wrong", why: "the writer is still held", ms };
    if (report === undefined) return { outcome: "failed", why: error?.message ?? run.outcome, ms };
    const { capture, kind, id } = report.record;
    const [record] = capture["databases"] as DatabaseRecord[];
    try {
      // The machine has better to do meanwhile than to write.
      holdProcess(subject.pid);
      await this.#restored(id, (target) => subject.check(join(target, subject.file), acknowledged));
      return { outcome: "right", ...(record && { record }), kind, ms };
    } catch (cause) {
      return { outcome: "wrong", why: `${id}: ${String(cause)}`, ...(record && { record }), kind, ms };
    } finally {
      letGoOn(subject.pid);
    }
  }

  async #restored(id: string, check: (target: string) => Promise<void>): Promise<void> {
    const target = join(this.#root, `restored-${(this.#restores += 1)}`);
    const { report, error } = await runRestore(this.#context, {
      ...{ job: "data", choice: { id }, stores: [this.#store], target, onExisting: "refuse" },
      ...{ protectedPlaces: [], check: undefined, signal },
    });
    if (report === undefined) throw error ?? new Error("it was not restored");
    await check(target);
    rmSync(target, { recursive: true });
  }
}

function contextOf(root: string, subject: LiveSubject): AppContext {
  const processes = systemProcessTable();
  const engine = engineOf(join(root, "source"), subject.pid);
  const locks = new StackLocks({ clock: systemClock, processes, random: Math.random });
  const ignore = (): void => undefined;
  return {
    ...{ clock: systemClock, random: Math.random, processes, runtime: engine, stack: STACK },
    ...{ tool: { name: "holdfast", version: "0.0.0" }, actor: "torture", catalog: new Catalog() },
    hideSecrets: (text) => text,
    locks: new HeldLocks({ locks, stack: STACK, wait: 0, onEvent: ignore }),
    services: new ServiceHolder({
      ...{ runtime: engine, journal: memoryJournal(), processes, clock: systemClock },
      ...{ project: "stack", guard: undefined, onEvent: ignore },
    }),
    freezer: { prepare: () => Promise.reject(new Error("no file system is frozen here")) },
    hooks: new Hooks({
      ...{ runtime: engine, clock: systemClock, project: "stack" },
      http: { call: async () => undefined },
    }),
    recoveries: { current: async () => undefined },
    state: openMemoryState(),
    indexes: openIndexCache(join(root, "state")),
    encryption: undefined,
    keys: new FileKeyring({ identityFiles: [] }),
    observer: observeAll([]),
  };
}

/** The writer is its one service, and the volume is mounted read-only in ours. */
function engineOf(source: string, pid: number): MemoryEngine {
  const engine = new MemoryEngine();
  const mount = { kind: "volume", volume: "app_data", source: "/volumes/app_data" } as const;
  engine.own = engine.addService({
    service: "backup",
    mounts: [{ ...mount, destination: source, writable: false }],
  });
  engine.addService({ service: "app", mounts: [{ ...mount, destination: "/data", writable: true }] });
  engine.beforeChange = (change) => {
    if (change.startsWith("pause")) holdProcess(pid);
    if (change.startsWith("unpause")) letGoOn(pid);
  };
  return engine;
}

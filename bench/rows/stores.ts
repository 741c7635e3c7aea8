/**
 * Stores on servers of the loopback interface beside a local one: backup and restore of 1 GiB, what each server can do by itself,
 * and three of them at once. The servers run on the same processors: their part of the work is named.
 */
import { mkdirSync, readdirSync, rmSync, statSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { BenchContext } from "../bench-context.ts";
import { makeLargeFiles, sizeOfTree } from "../data/trees.ts";
import { measure, type Measure } from "../measure.ts";
import type { Figures, Goal, Section } from "../report/section.ts";
import { bestOf, megabytes, peakOf } from "../report/table.ts";
import { startGcs } from "../servers/gcs-server.ts";
import { startSftp, startWebdav } from "../servers/rclone-servers.ts";
import type { StoreServer } from "../servers/store-server.ts";
import { startSwiftServer } from "../servers/swift-server.ts";
import { holdfast, JOB, writeConfig } from "../tools/config.ts";
import type { Command } from "../tools/tool.ts";

const BYTES = 1024 ** 3;
const BACKUP_GOAL = 1.15;
const RESTORE_GOAL = 0.8;
const PEAK_GOAL = 250e6;
/** The journal, the history and the cache of what stores say. */
const STAGED_GOAL = 2e6;
const AT_ONCE = ["gcs", "s3", "sftp"];

/** One piece of work, and what the server's processes took of it. */
interface Taken {
  measures: Measure[];
  serverSeconds: number[];
}

export async function measureStores(context: BenchContext): Promise<Section[]> {
  const bench = new StoresBench(context);
  try {
    for (let round = 0; round < context.rounds; round += 1) await bench.round();
    return bench.sections();
  } finally {
    bench.end();
  }
}

class StoresBench {
  readonly #context: BenchContext;
  readonly #tree: string;
  /** State and temporary files are on a disk, so that what is written to it is counted. */
  readonly #disk = join(tmpdir(), `holdfast-bench-${process.pid}`);
  readonly #servedFrom: string;
  readonly #servers: StoreServer[] = [];
  readonly #taken = new Map<string, Taken>();
  readonly #size: number;

  constructor(context: BenchContext) {
    this.#context = context;
    this.#tree = join(context.work, "tree");
    this.#servedFrom = join(context.work, "stores");
    mkdirSync(this.#tree);
    makeLargeFiles(this.#tree, Math.round(BYTES * context.scale), 1);
    this.#size = sizeOfTree(this.#tree).bytes;
  }

  /** With servers that have nothing yet: what all rounds leave would not fit in memory. */
  async round(): Promise<void> {
    try {
      await this.#start();
      await this.#measure();
    } finally {
      for (const server of this.#servers.splice(0)) await server.stop();
      for (const path of [this.#disk, this.#servedFrom]) rmSync(path, { recursive: true, force: true });
    }
  }

  async #start(): Promise<void> {
    for (const path of [this.#disk, this.#servedFrom]) mkdirSync(path);
    this.#servers.push(this.#local());
    this.#servers.push(await startGcs());
    this.#servers.push(await startSwiftServer(this.#servedFrom));
    this.#servers.push(await startSftp(join(this.#servedFrom, "sftp")));
    this.#servers.push(await startWebdav(join(this.#servedFrom, "webdav")));
    for (const { name, options } of this.#servers) this.#configure(name, { [name]: options });
    const several = this.#servers.filter(({ name }) => AT_ONCE.includes(name));
    this.#configure("three", Object.fromEntries(several.map(({ name, options }) => [name, options])));
  }

  async #measure(): Promise<void> {
    for (const server of this.#servers)
      await this.#take(`backup ${server.name}`, [server], this.#backup(server.name));
    for (const server of this.#servers) await this.#restore(server);
    const archive = this.#archive();
    const copy = join(this.#context.work, "copy");
    for (const server of this.#servers) {
      await this.#take(`put ${server.name}`, [server], server.put(archive));
      await this.#take(`get ${server.name}`, [server], server.get(copy));
      rmSync(copy);
    }
    const several = this.#servers.filter(({ name }) => AT_ONCE.includes(name));
    await this.#take("backup three", several, this.#backup("three"));
  }

  sections(): Section[] {
    const names = ["local", "gcs", "s3", "sftp", "webdav"];
    return [
      this.#section("Backup of 1 GiB to a store", "backup", "put", names, (name, ratio) => ({
        text: `${name}: ${ratio.toFixed(2)} times the local store's time, goal ≤ ${BACKUP_GOAL}; ${this.#parts("backup", name)}; by itself it takes ${this.#seconds("put", name)} for the same bytes`,
        reached: ratio <= BACKUP_GOAL,
      })),
      this.#section("Restore of 1 GiB from a store", "restore", "get", names, (name, ratio) => ({
        text: `${name}: ${(1 / ratio).toFixed(2)} times the local store's speed, goal ≥ ${RESTORE_GOAL}; ${this.#parts("restore", name)}; by itself it gives the same bytes in ${this.#seconds("get", name)}`,
        reached: 1 / ratio >= RESTORE_GOAL,
      })),
      this.#three(),
    ];
  }

  end(): void {
    rmSync(this.#tree, { recursive: true, force: true });
  }

  #section(
    title: string,
    work: string,
    raw: string,
    names: readonly string[],
    goalOf: (name: string, ratio: number) => Goal,
  ): Section {
    const local = bestOf(this.#of(`${work} local`).measures);
    const figures = names.map((name): Figures => ({
      tool: name,
      measures: this.#of(`${work} ${name}`).measures,
    }));
    const alone = names.map((name): Figures => ({
      tool: `${raw} ${name}`,
      measures: this.#of(`${raw} ${name}`).measures,
    }));
    const goals = names
      .slice(1)
      .map((name) => goalOf(name, bestOf(this.#of(`${work} ${name}`).measures) / local));
    return { title, figures: [...figures, ...alone], goals };
  }

  #three(): Section {
    const { measures } = this.#of("backup three");
    const staged = Math.max(...measures.map(({ writtenBytes }) => writtenBytes));
    const peak = peakOf(measures);
    return {
      title: `Backup of 1 GiB to ${AT_ONCE.join(", ")} at once`,
      figures: [{ tool: "holdfast", measures }],
      goals: [
        {
          text: `${megabytes(peak)} resident at most, without rclone's own process, goal ≤ ${megabytes(PEAK_GOAL)}`,
          reached: peak <= PEAK_GOAL,
        },
        {
          text: `${megabytes(staged)} written to disk, state and temporary files, goal ≤ ${megabytes(STAGED_GOAL)}`,
          reached: staged <= STAGED_GOAL,
        },
      ],
    };
  }

  /** Whose processors' time it was. */
  #parts(work: string, name: string): string {
    const { measures, serverSeconds } = this.#of(`${work} ${name}`);
    const ours = Math.min(...measures.map(({ cpuSeconds }) => cpuSeconds));
    const local = Math.min(...this.#of(`${work} local`).measures.map(({ cpuSeconds }) => cpuSeconds));
    return `processors: ours ${ours.toFixed(1)} s (local ${local.toFixed(1)} s), the server's ${Math.min(...serverSeconds).toFixed(1)} s`;
  }

  #seconds(work: string, name: string): string {
    return `${bestOf(this.#of(`${work} ${name}`).measures).toFixed(2)} s`;
  }

  #local(): StoreServer {
    const path = join(this.#servedFrom, "local");
    mkdirSync(path);
    const raw = join(path, "raw");
    return {
      ...{ name: "local", options: { kind: "local", path } },
      put: (file) => ({ program: "cp", args: [file, raw] }),
      get: (target) => ({ program: "cp", args: [raw, target] }),
      cpuSeconds: () => 0,
      stop: () => Promise.resolve(),
    };
  }

  #configure(name: string, stores: Record<string, unknown>): void {
    const state = join(this.#disk, `state-${name}`);
    writeConfig(this.#config(name), { tree: this.#tree, state, stores });
  }

  #config(name: string): string {
    return join(this.#disk, `${name}.yml`);
  }

  #backup(name: string): Command {
    return { ...holdfast(this.#config(name), "backup", JOB, "--full"), env: { TMPDIR: this.#disk } };
  }

  async #restore(server: StoreServer): Promise<void> {
    const target = join(this.#context.work, "restored");
    mkdirSync(target);
    await this.#take(
      `restore ${server.name}`,
      [server],
      holdfast(this.#config(server.name), "restore", JOB, "--to", target),
    );
    const { bytes } = sizeOfTree(target);
    rmSync(target, { recursive: true });
    if (bytes !== this.#size)
      throw new Error(`${server.name}: ${bytes} bytes were restored, not ${this.#size}`);
  }

  /** That of the newest local point. */
  #archive(): string {
    const job = join(this.#servedFrom, "local/bench", JOB);
    const archives = readdirSync(job).map((id) => join(job, id, "archive.tar.zst"));
    return archives.toSorted((a, b) => statSync(a).mtimeMs - statSync(b).mtimeMs).at(-1) ?? "";
  }

  async #take(name: string, servers: readonly StoreServer[], command: Command): Promise<void> {
    const taken = this.#of(name);
    const before = cpuOf(servers);
    const measured = await measure(command, this.#context.signal);
    taken.measures.push(measured);
    taken.serverSeconds.push(cpuOf(servers) - before);
    const { seconds, cpuSeconds, peakBytes } = measured;
    this.#context.progress(
      `${name}: ${seconds.toFixed(2)} s, ${cpuSeconds.toFixed(2)} s of processor, ${(cpuOf(servers) - before).toFixed(2)} s of the server's, ${megabytes(peakBytes)}`,
    );
  }

  #of(name: string): Taken {
    const taken = this.#taken.get(name) ?? { measures: [], serverSeconds: [] };
    this.#taken.set(name, taken);
    return taken;
  }
}

function cpuOf(servers: readonly StoreServer[]): number {
  return servers.reduce((sum, server) => sum + server.cpuSeconds(), 0);
}

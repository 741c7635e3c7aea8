/** A stack for one test, with the commands run on it and its daemons; all of it is gone when the test has ended. */
import { truncateSync } from "node:fs";
import { join } from "node:path";

import { onTestFinished } from "vitest";

import { holdfast, HoldfastProcess, type Ended, type ProcessOptions } from "./holdfast-process.ts";
import { StackOnDisk, type StackConfig } from "./stack-on-disk.ts";
import { waitUntil } from "./wait-until.ts";

export class TestStack extends StackOnDisk {
  /** Runs a verb to its end. */
  run(...args: string[]): Promise<Ended> {
    return this.runWith({}, ...args);
  }

  runWith(options: ProcessOptions, ...args: string[]): Promise<Ended> {
    return holdfast(["--config", this.configPath, ...args], options);
  }

  /** Runs a verb that must succeed. */
  async done(...args: string[]): Promise<Ended> {
    const ended = await this.run(...args);
    if (ended.exitCode !== 0) {
      throw new Error(
        `\`holdfast ${args.join(" ")}\` ended with ${ended.exitCode}: ${ended.stderr}${ended.stdout}`,
      );
    }
    return ended;
  }

  /** Backs up, and gives the id of the point. */
  async backUp(job = "data"): Promise<string> {
    const { stdout } = await this.done("backup", job);
    const id = /point (\S+)/i.exec(stdout)?.[1];
    if (id === undefined) throw new Error(`No point is named in: ${stdout}`);
    return id;
  }

  /** Ids of the points that are listed, newest first, each once. */
  async points(): Promise<string[]> {
    const { stdout } = await this.run("list", "--json");
    const { points } = JSON.parse(stdout) as { points: { id: string }[] };
    return [...new Set(points.map(({ id }) => id))];
  }

  /** Makes a backup of the job last as long as a test wants: 400 GB that take no room. */
  makeEndless(job = "data"): void {
    this.write({ endless: "" }, job);
    truncateSync(join(this.source(job), "endless"), 400e9);
  }

  /** Starts a verb and goes on. */
  start(...args: string[]): HoldfastProcess {
    return this.startWith({}, ...args);
  }

  startWith(options: ProcessOptions, ...args: string[]): HoldfastProcess {
    const started = new HoldfastProcess(["--config", this.configPath, ...args], options);
    onTestFinished(async () => {
      started.kill("SIGKILL");
      await started.ended;
    });
    return started;
  }

  /** Resolves once the daemon answers. */
  async startDaemon(options: ProcessOptions = {}): Promise<Daemon> {
    const process = this.startWith(options, "run");
    const url = await waitUntil("the address of the daemon", () => {
      if (!process.isRunning) throw new Error(`The daemon ended: ${process.stderr}`);
      return /http:\/\/127\.0\.0\.1:\d+/.exec(process.stderr)?.[0];
    });
    return new Daemon(process, url);
  }
}

export function testStack(config?: StackConfig): TestStack {
  const stack = new TestStack(config);
  onTestFinished(() => stack.remove());
  return stack;
}

/** What `GET /api/v1/status` says, as far as these tests ask. */
interface Status {
  fresh: boolean;
  alerts: { condition: string; store: string | null }[];
  jobs: {
    name: string;
    running: boolean;
    nextRunAt: string | null;
    freshness: string;
    lastRun: { id: string; trigger: string; outcome: string } | null;
    recentRuns: { id: string; outcome: string }[];
    stores: { store: string; freshness: string; newest: { id: string } | null }[];
  }[];
}

export class Daemon {
  readonly process: HoldfastProcess;
  readonly url: string;

  constructor(process: HoldfastProcess, url: string) {
    this.process = process;
    this.url = url;
  }

  async get(path: string): Promise<{ status: number; body: string }> {
    const response = await fetch(this.url + path);
    return { status: response.status, body: await response.text() };
  }

  async status(): Promise<Status> {
    return JSON.parse((await this.get("/api/v1/status")).body) as Status;
  }

  async conditions(): Promise<string[]> {
    return (await this.status()).alerts.map(({ condition }) => condition).sort();
  }

  async requestRun(job: string, token?: string): Promise<{ status: number; body: string }> {
    const headers: Record<string, string> = token === undefined ? {} : { authorization: `Bearer ${token}` };
    const response = await fetch(`${this.url}/api/v1/jobs/${job}/run`, { method: "POST", headers });
    return { status: response.status, body: await response.text() };
  }

  /** Starts a run and waits until it has ended and the daemon has looked at what it made. Gives its outcome. */
  async runJob(job: string, token: string): Promise<string> {
    const { body } = await this.requestRun(job, token);
    const { runId } = JSON.parse(body) as { runId: string };
    return waitUntil(`the end of run ${runId}`, async () => {
      const { jobs } = await this.status();
      const of = jobs.find(({ name }) => name === job);
      return of?.running === false && of.recentRuns.find(({ id }) => id === runId)?.outcome;
    });
  }

  async stop(signal: NodeJS.Signals): Promise<void> {
    this.process.kill(signal);
    await this.process.ended;
  }
}

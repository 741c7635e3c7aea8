/** A stack with a sidecar on a real engine, made to be shot at: its services, what each was in the beginning, and what becomes of them. */
import { randomUUID } from "node:crypto";
import { mkdir, mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { waitUntil } from "../../e2e/wait-until.ts";
import { freePort } from "./free-port.ts";
import { SERVICES, ShotContainers, type Service, type ShotStackOptions } from "./shot-containers.ts";

export type Mode = "pause" | "stop";

/** What the journal says of an intervention: nothing, that it has begun, or what it holds. */
export type Stage = "none" | "begun" | "holding";

const AFTER_SECONDS = 2;
/** On a machine that does much else. */
const LIMIT_MS = 90_000;
const TOKEN = "a-token-for-the-test";

export class ShotStack {
  readonly project = `shot-${randomUUID().slice(0, 8)}`;
  readonly #containers: ShotContainers;
  #directory = "";
  #port = 0;

  constructor(options: ShotStackOptions) {
    this.#containers = new ShotContainers(this.project, options);
  }

  /** Its source is many small files, so that a capture takes a while. */
  async up(): Promise<void> {
    this.#directory = await mkdtemp(join(tmpdir(), "holdfast-shot-"));
    for (const name of ["data", "state", "archive", "config"]) await mkdir(join(this.#directory, name));
    for (let number = 0; number < 500; number++)
      await writeFile(join(this.#directory, "data", `file-${number}`), `content of ${number}\n`.repeat(200));
    this.#port = await freePort();
    await writeFile(join(this.#directory, "config/holdfast.yml"), configOf(this.project, this.#port));
    for (const service of Object.keys(SERVICES) as Service[]) {
      await this.#containers.create(service);
      if (service !== "fresh") await this.#containers.start(service);
    }
    await this.#containers.stop("idle");
    await this.#containers.createSidecar(this.#directory);
    await this.startSidecar();
  }

  async remove(): Promise<void> {
    await this.#containers.removeAll();
    await rm(this.#directory, { recursive: true, force: true });
  }

  /** Resolves once its daemon answers. */
  async startSidecar(): Promise<void> {
    await this.#containers.start("backup");
    const answers = async () =>
      (await fetch(`http://127.0.0.1:${this.#port}/livez`).catch(() => undefined))?.ok;
    await this.#until("the sidecar answers", answers);
  }

  /** As `docker compose up --force-recreate` does, in another container. */
  async recreateSidecar(): Promise<void> {
    await this.#containers.remove("backup");
    await this.#containers.createSidecar(this.#directory);
    // A run waits a minute for the lock of a holder that it cannot see. Nothing of this is about locks.
    await rm(join(this.#directory, "archive", this.project, ".locks"), { recursive: true, force: true });
    await this.startSidecar();
  }

  /** What was stopped, or about to be, is left for whoever releases it to start. Anything else runs at once, as Compose would have it. */
  async recreate(service: Service): Promise<void> {
    const isStopped = await this.#wasStopped(service);
    await this.#containers.remove(service);
    await this.#containers.create(service);
    if (!isStopped) await this.#containers.start(service);
  }

  /** An engine that crashed has killed what ran and does not always start it again. That has nothing to do with what was held. */
  async startWhatTheEngineKilled(): Promise<void> {
    for (const service of ["app", "worker", "plain"] as const)
      if (!(await this.#wasStopped(service))) await this.#containers.start(service).catch(unlessRunning);
  }

  /** Whether the engine itself refuses to start what it says does not run. */
  async isUnstartable(): Promise<boolean> {
    const errors = await Promise.all(["app", "worker", "plain"].map((of) => this.#containers.errorOf(of)));
    return errors.some((error) => /task .*already exists/.test(error));
  }

  /** Has a job begun, when its last run has ended. */
  async begin(mode: Mode): Promise<void> {
    const url = `http://127.0.0.1:${this.#port}/api/v1/jobs/${mode}/run`;
    await this.#until("the sidecar begins a run", async () => {
      const asked = await fetch(url, { method: "POST", headers: { authorization: `Bearer ${TOKEN}` } });
      if (!asked.ok && asked.status !== 409)
        throw new Error(`the sidecar answered ${asked.status}: ${await asked.text()}`);
      return asked.ok;
    });
  }

  killSidecar(): Promise<void> {
    return this.#containers.killSidecar();
  }

  async stage(): Promise<Stage> {
    const journal = await this.#journal();
    if (journal === undefined) return "none";
    return journal.held.length === 0 ? "begun" : "holding";
  }

  /** Resolves once nothing is held and nobody watches. */
  async untilEnded(): Promise<void> {
    await this.#until("the intervention is ended", async () => (await this.stage()) === "none");
    await this.#until("the guard goes", async () => !(await this.#containers.guardRuns()));
  }

  /** Of a sidecar that stays dead: what it left in the journal is ended by its next start only. */
  async untilGuardHasGone(): Promise<void> {
    await this.#until("the guard goes", async () => !(await this.#containers.guardRuns()));
  }

  /**
   * Resolves once every container that ran runs. Throws when that does not come about, and when one that did not run was started.
   * An engine that was restarted leaves those down that it does not start again by itself, unless they were held.
   */
  async untilAsBefore({ engineRestarted }: { engineRestarted: boolean }): Promise<void> {
    const wanted = ["app", "worker", ...(engineRestarted ? [] : ["plain"])];
    let seen: Record<string, string> = {};
    await this.#until("everything that ran runs", async () => {
      seen = await this.#containers.states();
      return wanted.every((service) => seen[service] === "running");
    });
    if (seen["idle"] !== "exited" || seen["fresh"] !== "created")
      throw new Error(`something was started that did not run: ${JSON.stringify(seen)}`);
    if (engineRestarted) await this.#containers.start("plain").catch(unlessRunning);
  }

  async #wasStopped(service: Service): Promise<boolean> {
    const held = (await this.#journal())?.held ?? [];
    return held.some(({ name, stopAsked }) => stopAsked && name === this.#containers.nameOf(service));
  }

  async #until(what: string, look: () => Promise<boolean | undefined>): Promise<void> {
    try {
      await waitUntil(what, look, LIMIT_MS);
    } catch (cause) {
      const seen = { ...(await this.#containers.states()), journal: await this.#journal() };
      throw new Error(`${JSON.stringify(seen)}\n${await this.#containers.logs()}`, { cause });
    }
  }

  async #journal(): Promise<{ held: { name: string; stopAsked: boolean }[] } | undefined> {
    const path = join(this.#directory, "state/intervention.json");
    const text = await readFile(path, "utf8").catch(() => undefined);
    return text === undefined ? undefined : (JSON.parse(text) as { held: [] });
  }
}

/** Or paused. */
function unlessRunning(error: unknown): void {
  const { statusCode = 0 } = error as { statusCode?: number };
  if (statusCode !== 304 && statusCode !== 409) throw error;
}

function configOf(project: string, port: number): string {
  const job = (hold: string) =>
    `{ source: { kind: volume, path: /source/data }, full: always, retention: { last: 2 }, quiesce: { ${hold} } }`;
  const services = `[${Object.keys(SERVICES).join(", ")}]`;
  return [
    `stack: ${project}`,
    `guard: { after: ${AFTER_SECONDS}s }`,
    `http: { listen: "127.0.0.1:${port}", token: ${TOKEN} }`,
    "jobs:",
    `  pause: ${job(`pause: ${services}`)}`,
    `  stop: ${job(`stop: ${services}, stopTimeout: 5s`)}`,
    "",
  ].join("\n");
}

import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { beforeEach, describe, expect, it } from "vitest";
import { FakeClock } from "../../../test/fakes/fake-clock.ts";
import { MemoryEngine } from "../../../test/fakes/memory-engine.ts";
import { memoryJournal } from "../../../test/fakes/memory-journal.ts";
import { passing as timePassing } from "../../../test/fakes/passing-time.ts";
import { FakeMachine } from "../../../test/fakes/process-tables.ts";
import { temporaryDirectory } from "../../../test/fakes/temporary-directory.ts";
import type { RestoreCheck } from "../../domain/restore-check.ts";
import type { ContainerMount } from "../../ports/container-runtime.ts";
import type { InterventionJournal } from "../../ports/intervention-journal.ts";
import type { ProcessTable } from "../../ports/process-identity.ts";
import { stagingName } from "../../archive/restore/staging-name.ts";
import { ServiceHolder } from "../interventions/service-holder.ts";
import { StackRestorer, type StackRestored } from "./stack-restorer.ts";

const signal = new AbortController().signal;
const CHECK: RestoreCheck = { look: { kind: "http", url: "http://app/", status: 200 }, timeout: 5_000 };

let engine: MemoryEngine;
let machine: FakeMachine;
let journal: InterventionJournal;
let clock: FakeClock;
let source: string;
let app: string;
/** What the app answers, as long as it runs. */
let answer: () => number | Promise<number>;
let events: string[];

beforeEach(() => {
  engine = new MemoryEngine();
  machine = new FakeMachine();
  journal = memoryJournal();
  clock = new FakeClock();
  source = temporaryDirectory();
  writeFileSync(join(source, "content"), "old");
  const mount: ContainerMount = {
    ...{ kind: "volume", volume: "app_data", source: "/volumes/app_data" },
    ...{ destination: source, writable: false },
  };
  engine.own = engine.addService({ service: "backup", mounts: [mount] });
  app = engine.addService({ service: "app", mounts: [{ ...mount, destination: "/data", writable: true }] });
  answer = () => 200;
  events = [];
});

const content = () => readFileSync(join(source, "content"), "utf8");

/** What the containers do, told by their arguments; `$0` is the source. */
function script(): string {
  const area = join(source, `${stagingName(machine.startProcess().self)}.swap`);
  return `cd '${source}'; case "$*" in
    *settle-source*--trial*accept) rmdir '${area}' ;;
    *settle-source*--trial*revert) echo -n old > content; rmdir '${area}'; echo 'it holds what it held before.' ;;
    *settle-source*) rmdir '${area}'; echo 'both were kept.' ;;
    *--trial*) echo -n new > content; mkdir '${area}' ;;
    *) echo -n new > content ;;
  esac`;
}

function restorer(does: string): StackRestorer {
  return new StackRestorer({
    ...{ runtime: engine, clock, stack: "stack", onEvent: ({ text }) => events.push(text) },
    http: { statusOf: async () => answer() },
    ...{ volumes: new Map(), findVolume: () => Promise.reject(new Error("no source is a volume")) },
    ...{ sources: new Map([["data", source]]), environment: {}, program: ["sh", "-c", does, "holdfast"] },
  });
}

function holder(of: StackRestorer, processes: ProcessTable): ServiceHolder {
  return new ServiceHolder({
    ...{ runtime: engine, journal, processes, clock, project: "stack", guard: undefined },
    ...{ endWork: (intervention) => of.endWork(intervention), onEvent: () => undefined },
  });
}

async function restore({
  rollsBack = true,
  by = machine.startProcess(),
  does = script(),
} = {}): Promise<StackRestored> {
  const of = restorer(does);
  const reached = await of.reach("data", signal);
  if (reached === undefined) throw new Error("not reached");
  return of.restore(holder(of, by), {
    ...{
      job: "data",
      source: reached,
      arguments: [],
      withDevices: false,
      limit: 3_600_000,
      signal,
      rollsBack,
    },
    ...{
      after: { healthLimit: 5_000, checks: [CHECK] },
      output: { stdout: { write: async () => undefined } },
    },
  });
}

const passing = <T>(work: Promise<T>) => timePassing(work, { clock, engine });

/** The next start of the sidecar. The time of the one that was killed stands still, so that it does nothing more. */
function settleLater(does: string) {
  clock = new FakeClock();
  return passing(holder(restorer(does), machine.startProcess()).settle(signal));
}

describe("a restore after which services are looked at", () => {
  it("gives up the old content once they work, and not before", async () => {
    const during: string[] = [];
    engine.beforeChange = (change) => void during.push(change.replace(/-holdfast.*-settle/, " settle"));
    expect(await passing(restore())).toMatchObject({ exitCode: 0, failure: undefined });
    expect(content()).toBe("new");
    expect(during.slice(-2)).toEqual(["start stack-app-1", "create stack settle"]);
    expect(engine.requests.at(-1)?.command.slice(-2)).toEqual(["--trial", "accept"]);
    expect(await journal.current()).toBeUndefined();
  });

  it("puts the old content back where they do not, with the services stopped, and lets them run with it", async () => {
    answer = () => 500;
    const result = await passing(restore());
    expect(result.failure).toEqual({
      why: "the answer of app was 500 and not 200 after 5 s",
      reverted: "it holds what it held before.",
    });
    expect(content()).toBe("old");
    expect(engine.done).toEqual([
      ...["stop stack-app-1", "start stack-app-1"],
      ...["stop stack-app-1", "start stack-app-1"],
    ]);
    expect(engine.stateOf(app)).toBe("running");
    expect(await journal.current()).toBeUndefined();
  });

  it("lets run again also what has ended by itself meanwhile, or was made anew", async () => {
    for (const fall of [
      () => engine.setState(app, "exited"),
      () => void (app = engine.recreate(app, "running")),
    ]) {
      answer = () => (fall(), 500);
      await passing(restore());
      expect(content()).toBe("old");
      expect(engine.stateOf(app)).toBe("running");
    }
  });

  it("does not start what was stopped before", async () => {
    engine.setState(app, "exited");
    answer = () => 500;
    expect(await passing(restore())).toMatchObject({ exitCode: 0, failure: undefined });
    expect(engine.done).toEqual([]);
    expect(content()).toBe("new");
  });

  it("leaves the new content, and says so, where it is told not to go back", async () => {
    answer = () => 500;
    const { failure } = await passing(restore({ rollsBack: false }));
    expect(failure).toMatchObject({ reverted: undefined });
    expect(content()).toBe("new");
    expect(engine.requests[0]?.command).not.toContain("--trial");
    expect(engine.stateOf(app)).toBe("running");
  });
});

describe("one that is killed", () => {
  it("while the services are looked at leaves them running, and keeps both contents", async () => {
    const by = machine.startProcess();
    const asked = Promise.withResolvers<void>();
    answer = () => (asked.resolve(), new Promise<number>(() => undefined));
    const does = script();
    void restore({ by, does });
    await passing(asked.promise);
    machine.kill(by);
    const before = engine.done.length;
    expect(await settleLater(does)).toMatchObject({ job: "data" });
    expect(events).toEqual(["both were kept."]);
    expect(engine.done).toHaveLength(before);
    expect(engine.stateOf(app)).toBe("running");
    expect(await journal.current()).toBeUndefined();
  });

  it.each(["stop stack-app-1", "start stack-app-1", "create"])(
    "before the second `%s` is ended before the services run again",
    async (wanted) => {
      const by = machine.startProcess();
      const reached = Promise.withResolvers<void>();
      let count = 0;
      answer = () => 500;
      engine.beforeChange = async (change) => {
        if (!change.startsWith(wanted) || ++count < 2) return;
        machine.kill(by);
        reached.resolve();
        await new Promise(() => undefined);
      };
      const does = script();
      void restore({ by, does });
      await passing(reached.promise);
      engine.beforeChange = () => undefined;
      await settleLater(does);
      expect(engine.stateOf(app)).toBe("running");
      expect(await journal.current()).toBeUndefined();
    },
  );
});

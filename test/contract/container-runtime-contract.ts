/** What every container runtime must do. A real engine keeps it in the lab; the engine of the unit tests keeps it too. */
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import type { ByteSink } from "../../src/ports/source.ts";
import type { Container, ContainerRuntime } from "../../src/ports/container-runtime.ts";

export interface MadeRuntime {
  runtime: ContainerRuntime;
  /** An image with `sleep`, `sh`, `cat` and `echo`, or what stands for them. */
  image: string;
  /** Unlike that of any other test at the same time. */
  prefix: string;
  /** Commands can be given no input: what stands between us and the engine does not pass it on. */
  withoutInput?: boolean;
}

const NOBODY = "f".repeat(64);

export function describeContainerRuntimeContract(name: string, make: () => Promise<MadeRuntime>): void {
  describe(`the container runtime contract, kept by ${name}`, () => {
    let made: MadeRuntime;
    let ids: string[];
    const signal = () => AbortSignal.timeout(60_000);

    beforeEach(async () => {
      made = await make();
      ids = [];
    });

    afterEach(async () => {
      for (const id of ids) await made.runtime.remove(id, signal());
    });

    const create = async (
      suffix: string,
      labels: Record<string, string> = {},
      command = ["sleep", "600"],
    ) => {
      const { runtime, image, prefix } = made;
      const id = await runtime.create({ name: `${prefix}-${suffix}`, image, command, labels }, signal());
      ids.push(id);
      return id;
    };
    const started = async (suffix: string) => {
      const id = await create(suffix);
      await made.runtime.start(id, signal());
      return id;
    };
    const stateOf = async (id: string): Promise<Container["state"]> =>
      (await made.runtime.inspect(id, signal())).state;

    it("tells the engine's version and the version of the API that is spoken", async () => {
      const facts = await made.runtime.engine(signal());
      expect(facts.apiVersion).toMatch(/^1\.\d+$/);
      expect(facts.version).not.toBe("");
    });

    it("starts, pauses, unpauses and stops, and each of them again without a fuss", async () => {
      const { runtime } = made;
      const id = await create("cycle");
      expect(await stateOf(id)).toBe("created");
      for (const [change, state] of [
        [() => runtime.start(id, signal()), "running"],
        [() => runtime.pause(id, signal()), "paused"],
        [() => runtime.unpause(id, signal()), "running"],
        [() => runtime.stop(id, { graceSeconds: 0 }, signal()), "exited"],
      ] as const) {
        await change();
        await change();
        expect(await stateOf(id)).toBe(state);
      }
    });

    it("lists by label, whatever the state, and not what has another value", async () => {
      const { runtime, prefix } = made;
      const wanted = await create("wanted", { "test.group": prefix });
      await create("other", { "test.group": `${prefix}-other` });
      const found = await runtime.containers({ labels: { "test.group": prefix } }, signal());
      expect(found.map(({ id }) => id)).toEqual([wanted]);
    });

    it("knows a service of a Compose project by its labels", async () => {
      const { runtime, prefix } = made;
      await create("service", {
        "com.docker.compose.project": prefix,
        "com.docker.compose.service": "app",
        "com.docker.compose.container-number": "2",
        "com.docker.compose.oneoff": "False",
        "com.docker.compose.depends_on": "db:service_healthy:false,cache:service_started:true",
      });
      const [found] = await runtime.containers({ project: prefix, service: "app" }, signal());
      expect(found?.compose).toEqual({
        ...{ project: prefix, service: "app", number: 2, oneOff: false },
        dependsOn: ["db", "cache"],
      });
    });

    it("gives the output and the exit code of a command in a container", async () => {
      const id = await started("exec");
      const output = collected();
      const command = ["sh", "-c", "echo fine; echo trouble >&2; exit 3"];
      const end = await made.runtime.exec(id, { command, stdout: output }, signal());
      expect(end).toEqual({ exitCode: 3, lastWords: "trouble" });
      expect(output.text()).toBe("fine\n");
    });

    it("gives a command its input to the end, or says that it cannot", async () => {
      const id = await started("input");
      const output = collected();
      const stdin = chunks("hello ", "there");
      const end = made.runtime.exec(id, { command: ["cat"], stdin, stdout: output }, signal());
      if (made.withoutInput === true) {
        await expect(end).rejects.toThrow(/Giving input to a command in a container failed/);
      } else {
        expect(await end).toMatchObject({ exitCode: 0 });
        expect(output.text()).toBe("hello there");
      }
    });

    it("fails as the input does that cannot be read to its end, of which a command must not take a part for all", async () => {
      const id = await started("broken-input");
      async function* broken() {
        yield Buffer.from("a part");
        throw new Error("the store is gone");
      }
      const request = { command: ["cat"], stdin: broken(), stdout: collected() };
      const end = made.runtime.exec(id, request, signal());
      await expect(end).rejects.toThrow(made.withoutInput === true ? /Giving input/ : /the store is gone/);
    });

    it("gives the output and the exit code of a container of its own", async () => {
      const id = await create("own", {}, ["sh", "-c", "echo done; exit 7"]);
      const output = collected();
      const end = await made.runtime.attach(id, { stdout: output }, signal());
      expect(end.exitCode).toBe(7);
      expect(output.text()).toBe("done\n");
    });

    it("says of what does not exist that it does not", async () => {
      const { runtime } = made;
      const output = collected();
      for (const attempt of [
        () => runtime.inspect(NOBODY, signal()),
        () => runtime.pause(NOBODY, signal()),
        () => runtime.unpause(NOBODY, signal()),
        () => runtime.stop(NOBODY, { graceSeconds: 0 }, signal()),
        () => runtime.start(NOBODY, signal()),
        () => runtime.exec(NOBODY, { command: ["true"], stdout: output }, signal()),
      ]) {
        await expect(attempt()).rejects.toMatchObject({ code: "not-found" });
      }
    });

    it("removes a container that runs, and one that is gone", async () => {
      const id = await started("removed");
      await made.runtime.remove(id, signal());
      await made.runtime.remove(id, signal());
      await expect(made.runtime.inspect(id, signal())).rejects.toMatchObject({ code: "not-found" });
    });

    it("ends at once with the reason of the signal", async () => {
      const id = await started("cancelled");
      const cancel = new AbortController();
      const end = made.runtime.exec(id, { command: ["sleep", "600"], stdout: collected() }, cancel.signal);
      cancel.abort();
      await expect(end).rejects.toMatchObject({ code: "cancelled" });
    });
  });
}

interface Collected extends ByteSink {
  text(): string;
}

function collected(): Collected {
  const parts: Uint8Array[] = [];
  return {
    write: async (chunk) => void parts.push(Uint8Array.from(chunk)),
    text: () => Buffer.concat(parts).toString("utf8"),
  };
}

async function* chunks(...texts: string[]): AsyncGenerator<Uint8Array> {
  for (const text of texts) yield Buffer.from(text);
}

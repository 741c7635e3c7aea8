import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { beforeEach, describe, expect, it } from "vitest";
import { MemoryEngine } from "../../../test/fakes/memory-engine.ts";
import { MemorySink } from "../../../test/fakes/memory-object.ts";
import { temporaryDirectory } from "../../../test/fakes/temporary-directory.ts";
import { HoldfastError } from "../../domain/errors.ts";
import type { Container } from "../../ports/container-runtime.ts";
import { createContainerSource } from "./container-source.ts";

const { signal } = new AbortController();

let engine: MemoryEngine;

beforeEach(() => {
  opened = [];
  engine = new MemoryEngine();
  engine.files = temporaryDirectory();
  mkdirSync(join(engine.files, "var/lib/app"), { recursive: true });
  writeFileSync(join(engine.files, "var/lib/app/data"), "content");
});

function add(service: string, of: { number?: number; state?: Container["state"]; oneOff?: boolean } = {}) {
  return engine.addService({ service, project: "shop", ...of });
}

const sourceOf = (path = "/var/lib/app", service = "app") =>
  createContainerSource({ kind: "container", service, path }, { runtime: engine, project: "shop" });

let opened: string[];
const openObject = (name: string) => (opened.push(name), new MemorySink());

const capture = (path?: string, service?: string) =>
  sourceOf(path, service).capture({ openObject, previous: undefined, signal });

describe("a directory of a container", () => {
  it("is captured with what it was read from in the record", async () => {
    add("app");
    expect(await capture()).toMatchObject({
      kind: "full",
      totals: { entries: 2, files: 1, directories: 1, sourceBytes: 7 },
      capture: { service: "app", path: "/var/lib/app", container: "shop-app-1" },
    });
  });

  it.each(["exited", "paused", "created"] as const)(
    "is captured of a container that is %s",
    async (state) => {
      add("app", { state });
      expect((await capture()).totals.files).toBe(1);
    },
  );

  it("is read in the first replica that runs, which doctor tells", async () => {
    add("app", { number: 1, state: "exited" });
    add("app", { number: 3 });
    add("app", { number: 2 });
    expect((await capture()).capture["container"]).toBe("shop-app-2");
    expect(await sourceOf().inspect(signal)).toEqual([
      "Service app has 3 containers: only shop-app-2 is captured.",
    ]);
  });

  it("is told by doctor to be in a volume, which is better captured by its name", async () => {
    engine.addService({
      ...{ service: "app", project: "shop" },
      mounts: [
        {
          ...{ kind: "volume", volume: "shop_app", source: "/engine/shop_app/_data", writable: true },
          destination: "/var/lib",
        },
      ],
    });
    expect(await sourceOf().inspect(signal)).toEqual([
      "/var/lib/app of service app is in volume shop_app: as `kind: volume` it is captured incrementally and with all attributes.",
    ]);
  });

  it("of a service that is none names those there are, without containers of commands", async () => {
    add("web");
    add("app");
    add("ap", { oneOff: true });
    await expect(capture("/data", "ap")).rejects.toMatchObject({
      code: "source",
      message:
        "Capturing /data of service ap failed: project shop has no container of a service ap; name one of: app, web.",
    });
  });

  it("that is not there names how much of its path is", async () => {
    add("app");
    const expected = {
      code: "source",
      message:
        "Capturing /var/lib/ap/x of service app failed: container shop-app-1 has no /var/lib/ap/x, only /var/lib; " +
        "check the path, or run the job when the service has made it.",
    };
    await expect(capture("/var/lib/ap/x")).rejects.toMatchObject(expected);
    await expect(sourceOf("/var/lib/ap/x").inspect(signal)).rejects.toMatchObject(expected);
    expect(opened).toEqual([]);
  });

  it("that is a file tells how to capture that", async () => {
    add("app");
    await expect(capture("/var/lib/app/data")).rejects.toThrow(
      "/var/lib/app/data is no directory; name the directory it is in as the path, and the file in `include`.",
    );
  });

  it("fails as the engine does when that goes while it sends", async () => {
    add("app");
    const gone = new HoldfastError("runtime", {
      what: "Reading",
      why: "the connection broke",
      transient: true,
    });
    engine.send = async function* () {
      yield Buffer.alloc(0);
      throw gone;
    };
    await expect(capture()).rejects.toBe(gone);
  });
});

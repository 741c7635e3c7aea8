import { describeSourceContract } from "../../../test/contract/source-contract.ts";
import { MemoryEngine } from "../../../test/fakes/memory-engine.ts";
import { createContainerSource } from "./container-source.ts";

describeSourceContract("a directory of a container", (directory, globs) => {
  const runtime = new MemoryEngine();
  runtime.files = directory;
  runtime.addService({ service: "app", project: "shop" });
  return createContainerSource(
    { kind: "container", service: "app", path: "/", ...globs },
    { runtime, project: "shop" },
  );
});

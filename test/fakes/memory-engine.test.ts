import { describeContainerRuntimeContract } from "../contract/container-runtime-contract.ts";
import { MemoryEngine } from "./memory-engine.ts";

describeContainerRuntimeContract("the engine in memory", async () => ({
  runtime: new MemoryEngine(),
  image: "any",
  prefix: "test",
}));

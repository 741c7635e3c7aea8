import { describeStoreContract } from "../../../test/contract/store-contract.ts";
import { FakeClock } from "../../../test/fakes/fake-clock.ts";
import { MemoryStore } from "./memory-store.ts";

describeStoreContract("the memory store", async () => ({
  store: new MemoryStore({ name: "memory", clock: new FakeClock() }),
}));

import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describeStoreContract } from "../../../test/contract/store-contract.ts";
import { FakeMachine } from "../../../test/fakes/process-tables.ts";
import { LocalStore } from "./local-store.ts";

describeStoreContract("the local store", async () => {
  const path = await mkdtemp(join(tmpdir(), "holdfast-"));
  return {
    store: new LocalStore({ name: "local", path, processes: new FakeMachine().startProcess() }),
    cleanUp: () => rm(path, { recursive: true }),
  };
});

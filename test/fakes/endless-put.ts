/** A process that puts an object into a local store without ever finishing, to be killed: `node endless-put.ts ROOT KEY`. */
import { systemProcessTable } from "../../src/observability/process-identity.ts";
import { LocalStore } from "../../src/stores/local/local-store.ts";

const [path = "", key = ""] = process.argv.slice(2);

async function* endless(): AsyncGenerator<Uint8Array, void, undefined> {
  for (let chunk = 0; ; chunk++) {
    yield Buffer.alloc(1024 * 1024, chunk);
    if (chunk === 2) {
      process.stdout.write("writing\n");
      await new Promise((resolve) => setTimeout(resolve, 600_000));
    }
  }
}

await new LocalStore({ name: "local", path, processes: systemProcessTable() }).put(key, endless());

/** A Cloud Storage on loopback in a process of its own. Prints its address, and ends when its standard input does. */
import { FakeGcs } from "../../test/fakes/gcs/fake-gcs.ts";

const gcs = await FakeGcs.start();
process.stdout.write(`${gcs.url} ${gcs.bucket.name}\n`);
process.stdin.resume().on("end", () => void gcs.close());

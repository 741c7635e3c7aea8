/**
 * Puts a generated stream of many GiB into a fake Cloud Storage that keeps nothing of it but its digest, with faults at random
 * requests: the object is what was sent, whatever happens on the way, in bounded memory.
 */
import { FakeGcs } from "../../fakes/gcs/fake-gcs.ts";
import type { Fault, Operation } from "../../fakes/gcs/faults.ts";
import { Crc32c } from "../../../src/stores/gcs/crc32c.ts";
import { GcsStore } from "../../../src/stores/gcs/gcs-store.ts";
import { HastyClock } from "../../fakes/hasty-clock.ts";
import { OBJECTS_PER_GIB, sendObjects } from "../large/send-large.ts";
import { randomFrom } from "../moments.ts";

const GIB = 2 ** 30;
const CHUNK = 1_000_003;
const BLOCKS_A_FAULT = 12;
/** Two blocks of 8 MiB, what the server in this process holds of several, and what its collector has not got to: the same for 0.25 GiB and for 5. */
const MAX_RSS = 500e6;

const KINDS: readonly ((random: () => number) => Fault)[] = [
  () => ({ kind: "cut" }),
  () => ({ kind: "lose-answer" }),
  (random) => ({ kind: "cut-after", bytes: Math.floor(random() * 8 * 2 ** 20) }),
  () => ({ kind: "refuse", status: 503 }),
  () => ({ kind: "refuse", status: 429, reason: "rateLimitExceeded" }),
];

export async function tortureGcs(options: {
  gibibytes: number;
  seed: number;
  print: (line: string) => void;
}) {
  const { gibibytes, seed, print } = options;
  const random = randomFrom(seed);
  const gcs = await FakeGcs.start();
  gcs.uploads.keepsBytes = false;
  const around = { name: "gcs", clock: new HastyClock(), random, env: {} };
  const store = new GcsStore({ bucket: gcs.bucket.name, endpoint: gcs.url }, around);
  print(`seed ${seed}: ${gibibytes} GiB`);
  const sent = new Crc32c();
  let [faults, peak] = [0, 0];
  async function* body() {
    const chunk = Buffer.alloc(CHUNK);
    for (let left = gibibytes * GIB; left > 0; left -= CHUNK) {
      // Its memory is used again, as the contract allows.
      for (let at = 0; at < CHUNK; at += 4096) chunk[at] = random() * 256;
      const bytes = chunk.subarray(0, Math.min(CHUNK, left));
      sent.update(bytes);
      peak = Math.max(peak, process.memoryUsage.rss());
      if (random() < CHUNK / (8 * 2 ** 20 * BLOCKS_A_FAULT)) {
        const operation: Operation = random() < 0.7 ? "block" : "inquire";
        gcs.inject(operation, (KINDS[Math.floor(random() * KINDS.length)] ?? KINDS[0])!(random));
        faults++;
      }
      yield bytes;
    }
    gcs.inject("finish", { kind: random() < 0.5 ? "lose-answer" : "cut" });
  }
  try {
    const stored = await store.put("stack/large", body());
    const { crc32c } = gcs.bucket.find("stack/large", undefined);
    const problems = [
      ...gcs.violations,
      ...(stored.size === gibibytes * GIB ? [] : [`${stored.size} bytes are stored`]),
      ...(crc32c === sent.toBase64() ? [] : ["other bytes are stored than were sent"]),
      ...(peak <= MAX_RSS ? [] : [`${Math.round(peak / 1e6)} MB of memory`]),
    ];
    if (problems.length > 0) throw new Error(`seed ${seed}: ${problems.join("; ")}`);
    await store.delete("stack/large");
    const lost = await sendObjects(store, Math.round(gibibytes * OBJECTS_PER_GIB));
    if (lost.length > 0) throw new Error(lost.join("; "));
    const { user, system } = process.cpuUsage();
    print(
      `${gibibytes} GiB arrived through ${faults} faults, with ${Math.round(peak / 1e6)} MB of memory and ${Math.round((user + system) / 1e6)} s of CPU time, the server's included`,
    );
  } finally {
    await gcs.close();
  }
}

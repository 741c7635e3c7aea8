/** The newest of what a container wrote. */
import type Docker from "dockerode";
import type { Instant } from "../domain/instant.ts";
import type { Ask } from "./ask.ts";
import { demultiplex } from "./demultiplex.ts";

const NEWEST_BYTES = 1024 * 1024;
/** What the engine is asked for at most; a line is seldom longer than a hundred bytes. */
const NEWEST_LINES = 10_000;

export async function readLogs(ask: Ask, container: Docker.Container, since: Instant): Promise<string> {
  const raw = await ask("logs", (abortSignal) =>
    container.logs({
      ...{ stdout: true, stderr: true, follow: false, abortSignal },
      since: Math.floor(since / 1000),
      tail: NEWEST_LINES,
    }),
  );
  let newest = Buffer.alloc(0);
  const keep = {
    async write(chunk: Uint8Array) {
      newest = Buffer.concat([newest, chunk]).subarray(-NEWEST_BYTES);
    },
  };
  await demultiplex(chunksOf(raw), { stdout: keep, stderr: keep });
  return newest.toString("utf8");
}

async function* chunksOf(raw: Buffer): AsyncGenerator<Uint8Array> {
  yield raw;
}

/**
 * Sends a stream to rclone as a form with one file. The form's last line tells rclone that the file is whole: a body that
 * breaks ends the request without it, and the answer to that comes when rclone has let go of what it got.
 */
import { randomBytes } from "node:crypto";
import type { ClientRequest, IncomingMessage } from "node:http";
import { SECOND } from "../../domain/instant.ts";
import type { Clock } from "../../ports/clock.ts";
import { unlessAborted } from "../unless-aborted.ts";
import { accepted, answerTo, type RcloneApi } from "./rclone-api.ts";

/** How long rclone may take to let go of a broken upload; a cancelled process ends within 10 s. */
const LET_GO_LIMIT = 3 * SECOND;

export interface UploadTo {
  /** Of the API, with its query. */
  path: string;
  /** Of the file, plain ASCII. */
  name: string;
  what: string;
  signal: AbortSignal | undefined;
  clock: Clock;
}

/** The number of bytes sent, all of which rclone says it has stored. The body's errors pass through unchanged. */
export async function upload(api: RcloneApi, body: AsyncIterable<Uint8Array>, to: UploadTo): Promise<number> {
  const boundary = `holdfast-${randomBytes(16).toString("hex")}`;
  const headers = { "content-type": `multipart/form-data; boundary=${boundary}` };
  const form = new Form(api.open({ method: "POST", path: to.path, headers }), to);
  let size = 0;
  try {
    await form.write(
      Buffer.from(
        `--${boundary}\r\nContent-Disposition: form-data; name="file"; filename="${to.name}"\r\n` +
          "Content-Type: application/octet-stream\r\n\r\n",
      ),
    );
    for await (const chunk of body) {
      await form.write(chunk);
      size += chunk.byteLength;
    }
    await form.write(Buffer.from(`\r\n--${boundary}--\r\n`));
    await form.finish();
    return size;
  } catch (error) {
    await form.letGo(to.clock);
    throw error;
  }
}

class Form {
  readonly #request: ClientRequest;
  readonly #answer: Promise<IncomingMessage>;
  readonly #to: UploadTo;
  #isAnswered = false;

  constructor(request: ClientRequest, to: UploadTo) {
    this.#request = request;
    this.#to = to;
    this.#answer = answerTo(request);
    const settled = () => {
      this.#isAnswered = true;
    };
    this.#answer.then(settled, settled);
  }

  /** Resolves when the chunk's memory is free again. Throws rclone's answer, should it come before the end. */
  async write(chunk: Uint8Array): Promise<void> {
    if (chunk.byteLength === 0) return;
    const written = new Promise<void>((resolve, reject) => {
      this.#request.write(chunk, (error) => (error ? reject(error) : resolve()));
    });
    written.catch(() => undefined);
    // A connection that breaks may have had an answer on its way: that says more.
    const next = Promise.race([written.catch(() => this.#answer), this.#answer]);
    const early = await unlessAborted(next, this.#to.signal, this.#to.what);
    if (early !== undefined) await this.#refuse(early);
  }

  async finish(): Promise<void> {
    this.#request.end();
    const answer = await accepted(await unlessAborted(this.#answer, this.#to.signal, this.#to.what));
    answer.resume();
  }

  async letGo(clock: Clock): Promise<void> {
    if (!this.#isAnswered) {
      this.#request.end();
      const enough = new AbortController();
      const limit = clock.sleep(LET_GO_LIMIT, { signal: enough.signal }).catch(() => undefined);
      await Promise.race([this.#answer.catch(() => undefined), limit]);
      enough.abort();
    }
    this.#request.destroy();
  }

  async #refuse(answer: IncomingMessage): Promise<never> {
    await accepted(answer);
    throw new Error("rclone took the object for whole before its end");
  }
}

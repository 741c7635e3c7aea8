/** The other side of `runChild`: takes the one request from standard input and writes the one reply to standard output. */
import { createInterface } from "node:readline";

/** A parent that is gone takes nothing any more: so that no child outlives it, it kills itself, whatever it is doing. */
export async function serveRequest(work: (request: unknown) => Promise<unknown>): Promise<void> {
  const lines = createInterface({ input: process.stdin });
  let isDone = false;
  lines.once("close", () => {
    if (!isDone) process.kill(process.pid, "SIGKILL");
  });
  const line = await new Promise<string>((resolve) => lines.once("line", resolve));
  const reply = JSON.stringify(await work(JSON.parse(line)));
  isDone = true;
  process.stdout.write(reply);
  lines.close();
  process.stdin.destroy();
}

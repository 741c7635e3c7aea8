/** Runs a command in a container of somebody else's and gives its outputs and its end. */
import { once } from "node:events";
import { Socket } from "node:net";
import type { Duplex } from "node:stream";
import type Docker from "dockerode";
import { asError, HoldfastError } from "../domain/errors.ts";
import type { CommandEnd, ExecRequest } from "../ports/container-runtime.ts";
import { demultiplex } from "./demultiplex.ts";
import type { Ask } from "./ask.ts";

/** The engine tells the exit code a moment after the output has ended. */
const END_ASKED_TIMES = 200;

export async function runExec(
  ask: Ask,
  container: Docker.Container,
  request: ExecRequest,
  signal: AbortSignal,
): Promise<CommandEnd> {
  const { command, user, workingDirectory, env = {}, stdin } = request;
  const exec = await ask("exec", (abortSignal) =>
    container.exec({
      Cmd: [...command],
      AttachStdout: true,
      AttachStderr: true,
      AttachStdin: stdin !== undefined,
      Env: Object.entries(env).map(([name, value]) => `${name}=${value}`),
      ...(user === undefined ? {} : { User: user }),
      ...(workingDirectory === undefined ? {} : { WorkingDir: workingDirectory }),
      abortSignal,
    }),
  );
  const connection = await ask("execStart", (abortSignal) =>
    exec.start({ hijack: true, stdin: stdin !== undefined, abortSignal }),
  );
  if (stdin !== undefined && !(connection instanceof Socket)) {
    connection.destroy();
    throw inputNotPassedOn();
  }
  const lastWords = await converse(connection, request, signal);
  return { exitCode: await exitCodeOf(ask, exec), lastWords };
}

/** Feeds the command and reads what it says, both at once, until it says no more. */
async function converse(connection: Duplex, request: ExecRequest, signal: AbortSignal): Promise<string> {
  const hangUp = () => connection.destroy(signal.reason as Error);
  signal.addEventListener("abort", hangUp, { once: true });
  const over = new AbortController();
  if (request.stdin !== undefined) void feed(connection, request.stdin, over.signal);
  try {
    const lastWords = await demultiplex(connection, request);
    signal.throwIfAborted();
    return lastWords;
  } finally {
    over.abort();
    signal.removeEventListener("abort", hangUp);
    connection.destroy();
  }
}

/** The client gives the bare connection when the engine took it over from HTTP; a proxy may have kept it from doing so. */
function inputNotPassedOn(): HoldfastError {
  return new HoldfastError("runtime", {
    what: "Giving input to a command in a container",
    why: "the engine's socket proxy does not let a connection be taken over for it (HTTP Upgrade of a request with a body)",
    next: "use a proxy that does, or mount the engine's socket into this service",
  });
}

/**
 * Rejects never: whoever reads learns of a broken connection, and of input that could not be read to its end, of which the command must
 * not take a part for all. That it does not read all it is given is its own choice.
 */
async function feed(connection: Duplex, chunks: AsyncIterable<Uint8Array>, over: AbortSignal): Promise<void> {
  try {
    for await (const chunk of chunks) {
      if (over.aborted || connection.destroyed) return;
      if (!connection.write(chunk)) await once(connection, "drain", { signal: over });
    }
    connection.end();
  } catch (error) {
    if (!over.aborted) connection.destroy(asError(error));
  }
}

async function exitCodeOf(ask: Ask, exec: Docker.Exec): Promise<number> {
  for (let asked = 0; asked < END_ASKED_TIMES; asked += 1) {
    const { Running, ExitCode } = await ask("execInspect", (abortSignal) => exec.inspect({ abortSignal }));
    if (!Running && ExitCode !== null) return ExitCode;
  }
  throw new HoldfastError("runtime", {
    what: "Learning how a command in a container ended",
    why: "its output has ended but the engine says that it still runs",
    next: "look at the container's processes",
    transient: true,
  });
}

/** Runs a container of our own under a name by which it is found again, and takes it away, however it ended. */
import { hasCode } from "../../domain/errors.ts";
import type {
  CommandEnd,
  CommandOutput,
  ContainerRequest,
  ContainerRuntime,
} from "../../ports/container-runtime.ts";

/** What a cancelled restore needs to put everything back. */
const GRACE_SECONDS = 5;

/** One of that name that a killed run left is taken away first. */
export async function runContainer(
  runtime: ContainerRuntime,
  request: ContainerRequest,
  { output, signal }: { output: CommandOutput; signal: AbortSignal },
): Promise<CommandEnd> {
  await removeContainer(runtime, request.name, signal);
  const id = await runtime.create(request, signal);
  return runtime.attach(id, output, signal);
}

/** Given time to end in order where it runs. Done already when there is none. */
export async function removeContainer(
  runtime: ContainerRuntime,
  name: string,
  signal: AbortSignal,
): Promise<void> {
  try {
    const { id, state } = await runtime.inspect(name, signal);
    if (state === "running") await runtime.stop(id, { graceSeconds: GRACE_SECONDS }, signal);
    await runtime.remove(id, signal);
  } catch (error) {
    if (!hasCode(error, "not-found")) throw error;
  }
}

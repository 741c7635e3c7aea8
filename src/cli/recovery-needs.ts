/** What a recovery needs of the machine, and the command that gives it where it is missing. */
import type { StackServices } from "../app/recover/stack-services.ts";
import type { Stack } from "../daemon/compose.ts";
import { HoldfastError, messageOf } from "../domain/errors.ts";
import type { RecoveryPlan } from "../domain/recovery-plan.ts";

const CONFIG_FILES = "com.docker.compose.project.config_files";
const WORKING_DIRECTORY = "com.docker.compose.project.working_dir";

export function engineNeeded(error: unknown): HoldfastError {
  return new HoldfastError("runtime", {
    what: "Recovering the stack",
    why: `the container engine, which stops and starts its services, cannot be asked (${error instanceof HoldfastError ? error.facts.why : messageOf(error)})`,
    next: "give this command the engine's socket (`docker compose run --rm -v /var/run/docker.sock:/var/run/docker.sock SERVICE recover`), or restore each job by `holdfast restore`",
    cause: error,
  });
}

/** Containers are made by Compose, which alone knows how; their images, networks and volumes come with that. */
export async function assertServersExist(
  stack: Stack,
  { plan, services, signal }: { plan: RecoveryPlan; services: StackServices; signal: AbortSignal },
): Promise<void> {
  const there = new Set((await services.all(signal)).map(({ compose }) => compose?.service));
  const missing = plan.restores.flatMap(({ service }) =>
    service === undefined || there.has(service) ? [] : service,
  );
  if (missing.length === 0) return;
  throw new HoldfastError("refused", {
    what: "Recovering the stack",
    why: `there is no container of ${[...new Set(missing)].join(", ")} to restore a dump into`,
    next: `run \`${await composeCommand(stack, "up --no-start")}\`, which makes containers and volumes and starts nothing, then this again`,
  });
}

/** For the host: with the files that this container was made of. */
export async function composeCommand({ runtime, config }: Stack, verb: string): Promise<string> {
  const own = await runtime.ownContainer(new AbortController().signal).catch(() => undefined);
  const labels = own?.labels ?? {};
  const files = (labels[CONFIG_FILES] ?? "").split(",").filter((path) => path !== "");
  const directory = labels[WORKING_DIRECTORY];
  const project = own?.compose?.project ?? config.project;
  return [
    "docker compose",
    ...["--project-name", project],
    ...(directory === undefined ? [] : ["--project-directory", directory]),
    ...files.flatMap((file) => ["--file", file]),
    verb,
  ].join(" ");
}

/** `holdfast restore <job> --in-place` where services use the source, or it is mounted read-only: through the container engine. */
import { access, constants } from "node:fs/promises";
import { resolve } from "node:path";
import { encryptionFor } from "../app/encryption-for.ts";
import { takeForensicCopy } from "../app/forensic-copy.ts";
import { locatePoint } from "../app/locate-point.ts";
import { lockSource } from "../app/lock-source.ts";
import { mountHolding } from "../app/one-off/own-mounts.ts";
import { isMountedHere, type MountedSource } from "../app/restore-in-stack/mounted-source.ts";
import { unreachableSource, type TrialFailure } from "../app/restore-in-stack/stack-restorer.ts";
import { whatPointLacks } from "../app/what-point-lacks.ts";
import { lookInPlace } from "../archive/in-place/examine-in-place.ts";
import type { Stack } from "../daemon/compose.ts";
import { HoldfastError } from "../domain/errors.ts";
import { ARCHIVE_OBJECT, storedName } from "../domain/recovery-point.ts";
import { formatDuration } from "../domain/human-text.ts";
import { confirmInPlace, type PlaceInQuestion } from "./confirm-in-place.ts";
import { EXIT, type ExitCode } from "./exit-codes.ts";
import type { InPlaceOptions } from "./in-place-options.ts";
import { choiceOf } from "./restore-result.ts";
import { warnLine, write } from "./terminal.ts";
import type { VerbContext } from "./verb.ts";

/** Undefined where this process can restore by itself. Throws where it cannot, and the engine is not there to help. */
export async function reachedByEngine(
  { restorer }: Stack,
  { name, source, signal }: { name: string; source: string | undefined; signal: AbortSignal },
): Promise<MountedSource | undefined> {
  try {
    return await restorer.reach(name, signal);
  } catch (error) {
    if (source === undefined) throw error;
    if (!signal.aborted && (await isReadOnly(source))) throw unreachableSource(source, error);
    signal.throwIfAborted();
    // Many who can write to the source have no engine: it is theirs to have stopped what uses it.
    return undefined;
  }
}

async function isReadOnly(path: string): Promise<boolean> {
  return access(path, constants.W_OK).then(
    () => false,
    (error: NodeJS.ErrnoException) => error.code === "EROFS",
  );
}

interface InStackRequest {
  options: InPlaceOptions;
  name: string;
  paths: readonly string[] | undefined;
  reached: MountedSource;
}

/** The exit code is that of the restore, unless services do not run again as they should. */
export async function restoreInStack(
  context: VerbContext,
  stack: Stack,
  request: InStackRequest,
): Promise<ExitCode> {
  const { terminal, signal } = context;
  const { name, reached, options } = request;
  const keys = keyArguments(context, reached);
  const point = await confirmed(context, stack, request);
  for (const stranger of reached.strangers) {
    warnLine(terminal, `Container ${stranger} is of no service of this stack, uses the source, and goes on.`);
  }
  const { job, stores } = stack.job(name);
  const warn = (message: string): void => warnLine(terminal, message);
  const lock = await lockSource(stack.context, { job: name, stores, signal, warn });
  try {
    const { exitCode, heldMs, failure } = await stack.restorer.restore(stack.context.services, {
      ...{ job: name, source: reached, limit: job.timeout, after: job.afterRestore, signal: lock.signal },
      arguments: [...argumentsOf(request, context, point), ...keys],
      withDevices: options.special === true,
      rollsBack: options.rollback !== false,
      before: (until) => forensics(context, stack, { ...request, signal: until }),
      output: {
        stdout: { write: (chunk) => write(terminal.stdout, chunk) },
        stderr: { write: (chunk) => write(terminal.stderr, chunk) },
      },
    });
    if (reached.services.length > 0) {
      const told = `${reached.services.join(", ")} stood still for ${formatDuration(heldMs)}.`;
      await write(terminal.stderr, `${told}\n`);
    }
    if (failure !== undefined) throw notWorking(name, failure);
    return Object.values(EXIT).find((code) => code === exitCode) ?? EXIT.failed;
  } finally {
    await lock.release();
  }
}

function notWorking(name: string, { why, reverted }: TrialFailure): HoldfastError {
  const stays = "what was restored stays; see the logs of the services, or restore another point";
  const next = reverted === "" ? `there was nothing before to go back to, so ${stays}` : (reverted ?? stays);
  return new HoldfastError("source", {
    what: `Checking the services after the restore of job ${name}`,
    why,
    next: next.replace(/\.$/, ""),
  });
}

/** Nothing is kept of nothing, as far as it can be seen from here. */
async function forensics(
  { terminal }: VerbContext,
  stack: Stack,
  request: InStackRequest & { signal: AbortSignal },
): Promise<void> {
  if (request.options.forensics === false) return;
  const kept = await keepWhatIsThere(stack, request);
  if (kept !== undefined) await write(terminal.stderr, `What is there now is kept in ${kept}\n`);
}

/** Gives where the copy is; undefined where there is nothing to keep. */
export async function keepWhatIsThere(
  stack: Stack,
  { name, reached, signal }: Pick<InStackRequest, "name" | "reached"> & { signal: AbortSignal },
): Promise<string | undefined> {
  const { job, source, stores } = stack.job(name);
  const [store] = stores;
  if (store === undefined) return undefined;
  const { replaced } = await lookAt(reached, undefined);
  if (replaced?.length === 0) return undefined;
  const lock = { signal, check: () => signal.throwIfAborted() };
  const encryption = encryptionFor(stack.context, job);
  const archive = storedName(ARCHIVE_OBJECT, encryption ?? null);
  const context = { ...stack.context, encryption };
  const prefix = await takeForensicCopy(context, { job: name, source, signal, store: { store, lock } });
  return `store ${store.name}: ${prefix}${archive}`;
}

async function lookAt(
  reached: MountedSource,
  paths: readonly string[] | undefined,
): Promise<PlaceInQuestion> {
  if (isMountedHere(reached)) return lookInPlace(reached.path, paths);
  return { path: `volume ${reached.mount.volume}`, replaced: undefined };
}

/** The id of the point that somebody said yes to. */
async function confirmed(
  { terminal, signal }: VerbContext,
  stack: Stack,
  { options, name, paths, reached }: InStackRequest,
): Promise<string> {
  const { job, stores: jobStores } = stack.job(name);
  const stores = options.store === undefined ? jobStores : [stack.store(options.store)];
  const { catalog, stack: of } = stack.context;
  const choice = choiceOf(options, job.timezone);
  const { copies } = await locatePoint({ catalog, stack: of, stores, job: name, choice, signal });
  const { point } = copies[0];
  const { keepOld = false, yes = false } = options;
  const target = await lookAt(reached, paths);
  const lacks = whatPointLacks(point.record);
  await confirmInPlace(terminal, {
    ...{ job: name, target, point, paths, keepOld, lacks, yes },
    stopped: reached.services,
  });
  return point.id;
}

/** The container that restores has the mounts of this one, and nothing else of its files. */
export function keyArguments(
  { identityFiles, passphraseFile }: VerbContext,
  { own }: Pick<MountedSource, "own">,
): string[] {
  const given = (option: string, file: string): string[] => {
    const path = resolve(file);
    if (mountHolding(own.mounts, path) !== undefined) return [option, path];
    throw new HoldfastError("usage", {
      what: `Restoring with ${option} ${file}`,
      why: "the file is on no mount of this container, so that the container that restores cannot see it",
      next: "mount it, as a secret of Compose, or restore with --to DIRECTORY",
    });
  };
  return [
    ...identityFiles.flatMap((file) => given("--identity", file)),
    ...(passphraseFile === undefined ? [] : given("--passphrase-file", passphraseFile)),
  ];
}

function argumentsOf(
  { options, paths }: InStackRequest,
  { json, verbose }: VerbContext,
  point: string,
): string[] {
  const { store, special, keepOld, delta, check } = options;
  return [
    ...["--yes", "--point", point],
    ...(store === undefined ? [] : ["--store", store]),
    ...(special === true ? ["--special"] : []),
    ...(keepOld === true ? ["--keep-old"] : []),
    ...(delta === true ? ["--delta"] : []),
    ...(check === false ? ["--no-check"] : []),
    ...(json ? ["--json"] : []),
    ...(verbose ? ["--verbose"] : []),
    ...(paths === undefined ? [] : ["--path", ...paths]),
  ];
}

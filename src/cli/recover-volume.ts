/** One volume of a stack that is recovered, while everything that uses it is stopped. */
import { readdir } from "node:fs/promises";
import { join } from "node:path";
import { runRestore } from "../app/run-restore.ts";
import type { StepOutcome, StepTurn } from "../app/recover/run-recovery.ts";
import { examineInPlace } from "../archive/in-place/examine-in-place.ts";
import { isKeptName } from "../archive/restore/staging-name.ts";
import type { Stack } from "../daemon/compose.ts";
import { databaseCheckOf } from "../daemon/compose-query.ts";
import { asError, HoldfastError } from "../domain/errors.ts";
import type { RecoveryStep } from "../ports/recovery-log.ts";
import { EXIT } from "./exit-codes.ts";
import { notRestored } from "./not-restored.ts";
import { otherPlaces, settlePlace } from "./restore-in-place.ts";
import { keepWhatIsThere, keyArguments } from "./restore-in-stack.ts";
import { write } from "./terminal.ts";
import type { VerbContext } from "./verb.ts";

interface VolumeRequest extends StepTurn {
  stack: Stack;
  /** Keep a copy of what is there. */
  safety: boolean;
}

export async function recoverVolume(
  context: VerbContext,
  step: RecoveryStep,
  request: VolumeRequest,
): Promise<StepOutcome> {
  const { stack, safety, isFresh, replacing, signal } = request;
  const { job: name, point } = step;
  const reached = await stack.restorer.reach(name, signal);
  if (reached === undefined) return recoverHere(step, request);
  await replacing(safety && isFresh ? await keepWhatIsThere(stack, { name, reached, signal }) : undefined);
  const said = new Words(context);
  const exitCode = await stack.restorer.restoreHeld({
    ...{ job: name, source: reached, signal },
    arguments: ["--yes", "--point", point.id, "--json", ...keyArguments(context, reached)],
    output: { stdout: { write: async () => undefined }, stderr: said },
  });
  if (exitCode !== EXIT.done && exitCode !== EXIT.partial) throw notRestored(name, exitCode, said.last);
  return { safety: undefined, warnings: said.warnings };
}

/** This process may write to it. */
async function recoverHere(
  { job: name, point }: RecoveryStep,
  { stack, safety, isFresh, replacing, signal }: VolumeRequest,
): Promise<StepOutcome> {
  const { job, stores } = stack.job(name);
  const place = await stack.restorer.placeOf(name, signal);
  if (place.path === undefined)
    throw new HoldfastError("runtime", {
      what: `Restoring job ${name}`,
      why: "its volume is mounted nowhere",
    });
  await settlePlace(stack, name, place.path);
  const rules = { paths: undefined, protectedPlaces: otherPlaces(stack.config, place.path) };
  const target = await examineInPlace(place.path, rules);
  await replacing();
  const { report, error } = await runRestore(stack.context, {
    ...{ ...rules, stores, job: job.name, target: target.path, signal, choice: { id: point.id } },
    onExisting: "replace",
    inPlace: { keepOld: safety, delta: false, onTrial: false, jobStores: stores, isLocked: true },
    check: databaseCheckOf(stack.config, name),
  });
  if (error !== undefined || report === undefined) throw asError(error);
  return {
    safety: isFresh ? report.kept : await everyKept(target.path),
    warnings: report.warnings,
  };
}

/** What a killed attempt has kept is among them. */
async function everyKept(path: string): Promise<string | undefined> {
  const names = (await readdir(path)).filter(isKeptName).sort();
  return names.length === 0 ? undefined : names.map((name) => join(path, name)).join(", ");
}

/** What the container that restores writes for people. */
class Words {
  readonly warnings: string[] = [];
  last = "";
  readonly #context: VerbContext;
  #rest = "";

  constructor(context: VerbContext) {
    this.#context = context;
  }

  async write(chunk: Uint8Array): Promise<void> {
    const { terminal, json } = this.#context;
    const lines = (this.#rest + Buffer.from(chunk).toString("utf8")).split(/\r?\n/);
    this.#rest = lines.pop()?.slice(-LONGEST_LINE) ?? "";
    for (const line of lines.filter((each) => each.trim() !== "")) {
      const [, warning] = /^warning: (.*)$/.exec(line) ?? [];
      if (warning !== undefined && this.warnings.length < MOST_WARNINGS) this.warnings.push(warning);
      if (!json) await write(terminal.stderr, `  ${line}\n`);
      this.last = line;
    }
  }
}

const LONGEST_LINE = 10_000;
const MOST_WARNINGS = 20;

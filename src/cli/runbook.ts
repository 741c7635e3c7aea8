/** `holdfast runbook`: the stack's disaster-recovery document. */
import { readFile, rename, writeFile } from "node:fs/promises";
import { StatusKeeper } from "../app/status-keeper.ts";
import { keptPartsOf, type KeptParts } from "../app/runbook/kept-parts.ts";
import type { RunbookFacts } from "../app/runbook/facts.ts";
import { publishRunbook } from "../app/runbook/publish-runbook.ts";
import { withoutMeasured } from "../app/runbook/measured.ts";
import { runbook } from "../app/runbook/runbook.ts";
import type { Stack } from "../daemon/compose.ts";
import { runbookFacts } from "../daemon/runbook-facts.ts";
import { storesOfRunbook } from "../daemon/keep-runbook.ts";
import { asError, HoldfastError, messageOf } from "../domain/errors.ts";
import { EXIT, type ExitCode } from "./exit-codes.ts";
import { withStack } from "./open-stack.ts";
import { printJson, printLine, write } from "./terminal.ts";
import type { Verb, VerbContext } from "./verb.ts";

interface RunbookOptions {
  out?: string;
  publish?: boolean;
  check?: string;
}

export const writeRunbook: Verb<RunbookOptions> = (context, { out, check, publish }) =>
  withStack(context, async (stack) => {
    if (publish === true && out === undefined)
      throw usage("--publish is without --out", "name the file that people write into");
    if (out !== undefined && check !== undefined)
      throw usage("--out and --check are both given", "give one of them");
    const file = out ?? check;
    const former = file === undefined ? undefined : await formerOf(file, { isNeeded: check !== undefined });
    const kept = keptIn(former, file);
    const facts = await factsOf(stack, context);
    const text = runbook(facts, kept);
    if (check !== undefined)
      return judge(context, check, withoutMeasured(text) === withoutMeasured(former ?? ""));
    if (out === undefined) {
      if (context.json) await printJson(context.terminal, { markdown: text });
      else await write(context.terminal.stdout, text);
      return EXIT.done;
    }
    await replace(out, text);
    if (publish === true) await publishEverywhere(stack, facts, kept, context);
    if (context.json) await printJson(context.terminal, { file: out });
    else await printLine(context.terminal, `Wrote ${out}; what stood between its keep marks is as it was.`);
    return EXIT.done;
  });

/** Throws the first error, when every store had its turn. */
async function publishEverywhere(
  stack: Stack,
  facts: RunbookFacts,
  kept: KeptParts,
  { signal }: VerbContext,
): Promise<void> {
  const [error] = await publishRunbook(facts, { stores: storesOfRunbook(stack), kept, signal });
  if (error !== undefined) throw asError(error);
}

async function judge({ json, terminal }: VerbContext, file: string, isCurrent: boolean): Promise<ExitCode> {
  const sentence = isCurrent
    ? `${file} is up to date.`
    : `${file} is out of date: write it again with \`holdfast runbook --out ${file}\`.`;
  if (json) await printJson(terminal, { file, isCurrent });
  else await printLine(terminal, sentence);
  return isCurrent ? EXIT.done : EXIT.failed;
}

async function factsOf(stack: Stack, { signal }: VerbContext) {
  const { clock } = stack.context;
  const keeper = new StatusKeeper({
    context: stack.context,
    stores: stack.stores,
    diskLow: stack.config.alerts.diskLow,
    gamedayEvery: stack.config.gameday.every,
    jobs: stack.jobs.map(({ job }) => job),
    stateError: () => stack.state.trouble(),
    unprotectedVolumes: (asked) => stack.unprotectedVolumes(asked),
    isRunning: () => false,
    nextRunAt: (name) => stack.job(name).job.schedule?.next(clock.now()),
  });
  await keeper.refresh(signal);
  return runbookFacts(stack, keeper.status(), signal);
}

async function formerOf(file: string, { isNeeded }: { isNeeded: boolean }): Promise<string | undefined> {
  try {
    return await readFile(file, "utf8");
  } catch (cause) {
    if (!isNeeded && cause instanceof Error && "code" in cause && cause.code === "ENOENT") return undefined;
    throw new HoldfastError("usage", {
      what: `Reading ${file}`,
      why: messageOf(cause),
      next: "name a runbook",
      cause,
    });
  }
}

function keptIn(former: string | undefined, file: string | undefined): KeptParts {
  try {
    return keptPartsOf(former ?? "");
  } catch (cause) {
    const next = "put the mark back, so that nothing you wrote is lost";
    throw new HoldfastError("usage", { what: `Reading ${file ?? ""}`, why: messageOf(cause), next, cause });
  }
}

/** Whole or not at all: what people wrote is in it. */
async function replace(file: string, text: string): Promise<void> {
  const temporary = `${file}.new`;
  try {
    await writeFile(temporary, text);
    await rename(temporary, file);
  } catch (cause) {
    throw new HoldfastError("usage", {
      what: `Writing ${file}`,
      why: messageOf(cause),
      next: "name a file that can be written",
      cause,
    });
  }
}

function usage(why: string, next: string): HoldfastError {
  return new HoldfastError("usage", { what: "Writing the runbook", why, next });
}

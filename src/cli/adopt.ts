/** `holdfast migrate adopt JOB --store NAME`: puts archives that another tool has left in a store under the retention of a job, and takes them out again. */
import {
  adoptArchive,
  adoptedIn,
  disownArchive,
  foreignIn,
  USUAL_BEGINNING,
  type AdoptedArchive,
} from "../app/adopted-archives.ts";
import type { Stack } from "../daemon/compose.ts";
import { describePolicy } from "../domain/describe-policy.ts";
import { HoldfastError } from "../domain/errors.ts";
import { formatCount, formatSize } from "../domain/human-text.ts";
import { retentionIn } from "../domain/retention-in.ts";
import type { Store } from "../ports/store.ts";
import { EXIT, type ExitCode } from "./exit-codes.ts";
import { withStack } from "./open-stack.ts";
import { formatTable } from "./table.ts";
import { printJson, printLine, write } from "./terminal.ts";
import type { Verb, VerbContext } from "./verb.ts";
import { formatInstant } from "./when.ts";

export interface AdoptOptions {
  store: string;
  beginning?: string;
  undo?: boolean;
  yes?: boolean;
}

export const adopt: Verb<AdoptOptions, [job: string]> = (context, options, name) =>
  withStack(context, async (stack) => {
    const { job, stores } = stack.job(name);
    const store = stores.find((each) => each.name === options.store);
    if (store === undefined)
      throw new HoldfastError("usage", {
        what: `Adopting archives by job ${name}`,
        why: `it has no store ${options.store}`,
        next: `name one of ${job.stores.join(", ")} with --store`,
      });
    const request = { context, stack, store, job: name, beginning: options.beginning ?? USUAL_BEGINNING };
    return options.undo === true ? giveBack(request) : takeOver(request, options.yes === true);
  });

interface Request {
  context: VerbContext;
  stack: Stack;
  store: Store;
  job: string;
  beginning: string;
}

async function takeOver(request: Request, yes: boolean): Promise<ExitCode> {
  const { context, stack, store, job, beginning } = request;
  const { signal } = context;
  const scope = { stack: stack.config.stack, signal };
  const taken = new Set((await adoptedIn(store, scope)).map(({ name }) => name));
  const free = (await foreignIn(store, { beginning, signal })).filter(({ name }) => !taken.has(name));
  if (free.length === 0) return tell(request, "adopt", []);
  const policy = describePolicy(retentionIn(stack.job(job).job, store.name));
  const question = [
    table(free),
    "",
    `From now on these are pruned by the rules of job ${job} in store ${store.name}: ${policy}. What they hold is not looked at.`,
    `\`holdfast prune ${job} --dry-run\` says afterwards which would go; \`--undo\` gives back those that are there still.`,
  ].join("\n");
  await confirm(request, { question, yes });
  for (const archive of free) await adoptArchive(store, { ...archive, job }, scope);
  return tell(request, "adopt", free);
}

/** Nothing can be lost by it. */
async function giveBack(request: Request): Promise<ExitCode> {
  const { context, stack, store, job, beginning } = request;
  const scope = { stack: stack.config.stack, signal: context.signal };
  const its = (await adoptedIn(store, { ...scope, job })).filter(({ name }) => name.startsWith(beginning));
  for (const archive of its) await disownArchive(store, archive, scope);
  return tell(request, "disown", its);
}

async function confirm(
  { context: { terminal, json }, job }: Request,
  { question, yes }: { question: string; yes: boolean },
): Promise<void> {
  if (!json || !yes) await write(terminal.stderr, `${question}\n\n`);
  if (yes) return;
  const typed = await terminal.ask(`Type ${job} to go on: `);
  if (typed?.trim() === job) return;
  throw new HoldfastError("refused", {
    what: `Adopting archives by job ${job}`,
    why: typed === undefined ? "nobody confirmed it" : "it was not confirmed",
    next: typed === undefined ? "add --yes" : "nothing was changed",
  });
}

async function tell(
  { context: { terminal, json }, stack, store, job, beginning }: Request,
  operation: "adopt" | "disown",
  archives: readonly Pick<AdoptedArchive, "name">[],
): Promise<ExitCode> {
  const { actor, clock, state } = stack.context;
  const details = { store: store.name, archives: archives.map(({ name }) => name) };
  if (archives.length > 0)
    state.audit.record({ ...{ at: clock.now(), actor, operation, job, outcome: "succeeded" }, details });
  const what = formatCount(archives.length, "archive");
  if (json) await printJson(terminal, { operation, job, ...details });
  else if (archives.length === 0)
    await printLine(
      terminal,
      `In store ${store.name} is no archive whose name begins with ${beginning} to ${operation}.`,
    );
  else if (operation === "adopt")
    await printLine(
      terminal,
      `${what} of store ${store.name} ${isAre(archives)} under the retention of job ${job}.`,
    );
  else
    await printLine(
      terminal,
      `${what} of store ${store.name} ${isAre(archives)} nobody's again, and never pruned.`,
    );
  return EXIT.done;
}

function isAre({ length }: readonly unknown[]): string {
  return length === 1 ? "is" : "are";
}

function table(archives: readonly { name: string; at: number; size: number }[]): string {
  return formatTable(archives, [
    { title: "ARCHIVE", value: ({ name }) => name },
    { title: "OF", value: ({ at }) => formatInstant(at) },
    { title: "SIZE", value: ({ size }) => formatSize(size), align: "right" },
  ]);
}

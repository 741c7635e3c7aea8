/** Looks whether services work again after a restore in place. */
import { messageOf } from "../../domain/errors.ts";
import { formatDuration } from "../../domain/human-text.ts";
import { SECOND, type Milliseconds } from "../../domain/instant.ts";
import type { HttpLook, LogLook, RestoreCheck, RunningLook } from "../../domain/restore-check.ts";
import type { Clock } from "../../ports/clock.ts";
import type { Container, ContainerRuntime } from "../../ports/container-runtime.ts";
import type { HttpCaller } from "../../ports/http-caller.ts";
import type { HeldContainer } from "../../ports/intervention-journal.ts";
import { within } from "../within.ts";

export interface ChecksContext {
  runtime: ContainerRuntime;
  http: Pick<HttpCaller, "statusOf">;
  clock: Clock;
}

export interface ChecksRequest {
  checks: readonly RestoreCheck[];
  /** Those that were stopped for the restore: they have to run again, whatever else is checked. */
  stopped: readonly HeldContainer[];
  healthLimit: Milliseconds;
  /** The Compose project of the services. */
  project: string;
  signal: AbortSignal;
}

type Question = ChecksContext & ChecksRequest;

const LOOK_EVERY: Milliseconds = SECOND;
/** One without a health check is believed to be up after this: what fails at its start does so earlier. */
const STEADY_AFTER: Milliseconds = 3 * SECOND;
const ANSWER_LIMIT: Milliseconds = 10 * SECOND;
/** Of a line in a log. */
const QUOTED_AT_MOST = 200;

/** The first that fails, as a clause; undefined when all pass. Logs are read last: they have the most to tell then. */
export async function failedCheck(
  context: ChecksContext,
  request: ChecksRequest,
): Promise<string | undefined> {
  const question = { ...context, ...request };
  const services = [...new Set(request.stopped.map(({ service }) => service))];
  const runAgain: RestoreCheck = { look: { kind: "running", services }, timeout: request.healthLimit };
  const isLast = ({ look }: RestoreCheck): number => (look.kind === "noErrors" ? 1 : 0);
  for (const check of [runAgain, ...request.checks.toSorted((a, b) => isLast(a) - isLast(b))]) {
    const failure = await failureOf(check, question);
    request.signal.throwIfAborted();
    if (failure !== undefined) return failure;
  }
  return undefined;
}

/** Looks until it passes or its time is over; then the last failure counts. */
async function failureOf(check: RestoreCheck, question: Question): Promise<string | undefined> {
  const { clock, signal } = question;
  const giveUpAt = clock.monotonic() + check.timeout;
  for (;;) {
    const { failure, isFinal } = await lookOnce(check, question);
    if (failure === undefined || isFinal || signal.aborted) return failure;
    if (clock.monotonic() >= giveUpAt) return `${failure} after ${formatDuration(check.timeout)}`;
    await clock.sleep(LOOK_EVERY, { signal });
  }
}

/** What was written to a log stays there; an engine that does not answer may answer later. */
async function lookOnce(
  { look }: RestoreCheck,
  question: Question,
): Promise<{ failure: string | undefined; isFinal: boolean }> {
  try {
    if (look.kind === "http") return { failure: await httpFailure(look, question), isFinal: false };
    if (look.kind === "running") return { failure: await runningFailure(look, question), isFinal: false };
    return { failure: await loggedError(look, question), isFinal: true };
  } catch (error) {
    return { failure: `the check could not be made (${messageOf(error)})`, isFinal: false };
  }
}

async function httpFailure(
  { url, status }: HttpLook,
  { http, clock, signal }: Question,
): Promise<string | undefined> {
  const { host } = new URL(url);
  const limits = { clock, limit: ANSWER_LIMIT, what: `Calling ${host}`, signal };
  const answered = await within(limits, (until) => http.statusOf(url, until)).catch(() => undefined);
  if (answered === status) return undefined;
  return answered === undefined
    ? `${host} did not answer`
    : `the answer of ${host} was ${answered} and not ${status}`;
}

async function runningFailure({ services }: RunningLook, question: Question): Promise<string | undefined> {
  for (const service of services) {
    const containers = await awaited(service, question);
    if (containers.length === 0) return `no container of service ${service} ran`;
    const failed = containers.find((container) => !isUp(container, question.clock));
    if (failed === undefined) continue;
    const { name, state, health } = failed;
    return `${name} was ${state === "running" ? (health ?? "not up") : state}`;
  }
  return undefined;
}

function isUp({ state, health, startedAt }: Container, clock: Clock): boolean {
  if (state !== "running") return false;
  return health === undefined ? clock.now() - (startedAt ?? 0) >= STEADY_AFTER : health === "healthy";
}

async function loggedError({ service, pattern }: LogLook, question: Question): Promise<string | undefined> {
  const wanted = new RegExp(pattern);
  for (const { id, name, startedAt } of await awaited(service, question)) {
    const log = await question.runtime.logsSince(id, startedAt ?? 0, question.signal);
    const line = log.split("\n").find((each) => wanted.test(each));
    if (line !== undefined) return `${name} logged "${line.trim().slice(0, QUOTED_AT_MOST)}"`;
  }
  return undefined;
}

/** Its containers that run or should; one that somebody has stopped before is to stay so. */
async function awaited(
  service: string,
  { runtime, project, stopped, signal }: Question,
): Promise<Container[]> {
  const found = await runtime.containers({ project, service }, signal);
  const isOver = ({ state }: Container): boolean => ["created", "exited", "dead"].includes(state);
  return found.filter(
    (container) =>
      container.compose?.oneOff === false &&
      (!isOver(container) || stopped.some(({ name }) => name === container.name)),
  );
}

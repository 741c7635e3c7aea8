/**
 * Rehearses one scenario on a copy of the stack: makes the copy, does the damage, waits for people where they would have to decide,
 * recovers, has them look, and removes the copy, whatever has become of it.
 */
import { asError, messageOf } from "../../domain/errors.ts";
import type { Gameday, GamedayScenario, GamedayStep } from "../../domain/gameday.ts";
import type { Milliseconds } from "../../domain/instant.ts";
import type { Clock } from "../../ports/clock.ts";
import { commandExpected, type Damage, type Expected } from "./commands-expected.ts";

/** A copy of the stack that one scenario is rehearsed on. */
export interface Rehearsal {
  /** Makes it of the newest points, and starts it. Throws where it is not well: then there is nothing to rehearse. */
  prepare(signal: AbortSignal): Promise<void>;
  strike(signal: AbortSignal): Promise<Damage>;
  /** What somebody would notice, as sentences. */
  symptoms(signal: AbortSignal): Promise<string[]>;
  recover(signal: AbortSignal): Promise<void>;
  /** What keeps it from being well, as clauses. */
  failures(signal: AbortSignal): Promise<string[]>;
  /** How to look at it, as commands. */
  readonly toLook: readonly string[];
  /** Idempotent. */
  remove(): Promise<void>;
}

export interface RehearseContext {
  clock: Clock;
  /** Undefined: nobody is there. */
  ask: ((question: string) => Promise<string | undefined>) | undefined;
  /** A sentence for whoever is there. Must not throw. */
  tell: (sentence: string) => void;
}

export interface Rehearse {
  rehearsal: Rehearsal;
  scenario: GamedayScenario;
  /** Name of Holdfast's own service. */
  sidecar: string;
  signal: AbortSignal;
}

export type Rehearsed = Pick<Gameday, "steps" | "recoveryMs" | "failures" | "lessons">;

/** Who has not found it by then is told. */
const TRIES = 5;

/** Throws what kept the copy from being made, damaged or recovered; it is removed all the same. */
export async function rehearse(context: RehearseContext, of: Rehearse): Promise<Rehearsed> {
  const watch = new Stopwatch(context);
  const rehearsed = await onCopy(watch, context, of).catch(async (error: unknown) => {
    const leftover = await removed(of.rehearsal);
    if (leftover !== undefined) context.tell(leftover);
    throw error;
  });
  const leftover = await removed(of.rehearsal);
  if (leftover === undefined) return rehearsed;
  context.tell(leftover);
  return { ...rehearsed, lessons: [...rehearsed.lessons, leftover] };
}

/** Why it is still there, as a sentence. */
async function removed(rehearsal: Rehearsal): Promise<string | undefined> {
  return rehearsal.remove().then(
    () => undefined,
    (error: unknown) => `The copy is still there: ${messageOf(error)}`,
  );
}

async function onCopy(
  watch: Stopwatch,
  context: RehearseContext,
  { rehearsal, scenario, sidecar, signal }: Rehearse,
): Promise<Rehearsed> {
  const { tell } = context;
  await watch.machine("make a copy of the stack from the newest points", () => rehearsal.prepare(signal));
  const damage = await watch.machine("do the damage", () => rehearsal.strike(signal));
  const began = context.clock.monotonic();
  for (const sentence of await rehearsal.symptoms(signal)) tell(sentence);
  const lessons = await watch.person("find out what to do", (notes) =>
    decide(context, commandExpected(scenario, damage, sidecar), notes),
  );
  await watch.machine("recover", () => rehearsal.recover(signal));
  const failures = await watch.machine("check that services are well", () => rehearsal.failures(signal));
  for (const failure of failures) tell(`Not well: ${failure}.`);
  if (failures.length === 0)
    failures.push(...(await watch.person("see that users have what they need", lookAt(context, rehearsal))));
  return { steps: watch.steps, recoveryMs: context.clock.monotonic() - began, failures, lessons };
}

/** The command counts, not how it is written. Gives what is to be learned from it. */
async function decide(
  { ask, tell }: RehearseContext,
  expected: Expected,
  notes: string[],
): Promise<string[]> {
  if (ask === undefined) return [];
  tell("Open the runbook, find what has happened, and do what it says. Nothing is run on the real stack.");
  for (let tries = 1; tries <= TRIES; tries++) {
    const typed = await ask("The command that you would run on the real stack (? to be told): ");
    if (typed === undefined || typed.trim() === "?") break;
    notes.push(`Typed: ${typed.trim()}`);
    if (expected.isIt(typed)) return [];
    tell("That would not bring it back. Look at what is gone, and which section of the runbook is about it.");
  }
  tell(`It is: ${expected.command}`);
  notes.push(`Was told: ${expected.command}`);
  return [
    `The command had to be told. Say in the runbook, in words that people look for, that it is \`${expected.command}\`.`,
  ];
}

function lookAt({ ask, tell }: RehearseContext, { toLook }: Rehearsal) {
  return async (notes: string[]): Promise<string[]> => {
    if (ask === undefined) return [];
    tell("Look at the copy as its users would:");
    for (const command of toLook) tell(`  ${command}`);
    const typed = (await ask("Press Enter when all is there, or say what is missing: "))?.trim() ?? "";
    if (typed === "") return [];
    notes.push(`Found: ${typed}`);
    return [typed];
  };
}

/** Times of the steps, as they are done. */
class Stopwatch {
  readonly steps: GamedayStep[] = [];
  readonly #context: RehearseContext;

  constructor(context: RehearseContext) {
    this.#context = context;
  }

  async machine<T>(what: string, work: () => Promise<T>): Promise<T> {
    this.#context.tell(`Holdfast: ${what}.`);
    const began = this.#context.clock.monotonic();
    try {
      const result = await work();
      this.#note({ by: "machine", what, ms: this.#since(began), notes: [] });
      return result;
    } catch (error) {
      this.#note({ by: "machine", what, ms: this.#since(began), notes: [messageOf(asError(error))] });
      throw error;
    }
  }

  async person<T>(what: string, work: (notes: string[]) => Promise<T>): Promise<T> {
    const began = this.#context.clock.monotonic();
    const notes: string[] = [];
    const result = await work(notes);
    const isTimed = this.#context.ask !== undefined;
    this.#note({ by: "person", what, ms: isTimed ? this.#since(began) : undefined, notes });
    return result;
  }

  #since(began: Milliseconds): Milliseconds {
    return Math.round(this.#context.clock.monotonic() - began);
  }

  #note(step: GamedayStep): void {
    this.steps.push(step);
  }
}

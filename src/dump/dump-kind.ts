/**
 * What a kind of server adds to a dump: which tools to run, and how their output is told to be whole. All else (finding the
 * container, streaming, ending a tool, emptiness, the commit record) is the same for every kind: see dump-source.ts.
 */
import type { CommandEnd, ExecRequest } from "../ports/container-runtime.ts";

export interface DumpKind {
  /** As in the config. */
  readonly kind: string;
  /** What the dump is of, for the beginning of a sentence: `service db`. */
  readonly source: string;
  /** Dumps without anything in them are no failure, even where the last point had something. */
  readonly allowEmpty: boolean;
  /** Asks the server what there is to dump. Nothing is written before. Throws what keeps it from being dumped. */
  plan(place: ToolPlace, signal: AbortSignal): Promise<DumpPlan>;
  /** For `doctor`: one sentence for each thing that looks wrong. Throws what would fail a dump. */
  inspect(place: ToolPlace, signal: AbortSignal): Promise<string[]>;
}

export interface DumpPlan {
  /** Carried out one after the other. */
  parts: readonly DumpPart[];
  /** For the commit record, beside what each dump tells of itself: the server's version, and what is not in it. */
  facts: Readonly<Record<string, unknown>>;
  /** One sentence each: the run is partial, and says so. */
  warnings: readonly string[];
  /** Looks at the server once more after the last part; gives more warnings. */
  afterwards?: ((signal: AbortSignal) => Promise<string[]>) | undefined;
}

/** One run of a tool that becomes one object of the point. */
export interface DumpPart {
  /** Name of the content, such as `dump.pgdump`: letters, digits, dots, dashes. The object's name adds `.zst`. */
  name: string;
  /** What is dumped, as errors call it: `database app`. */
  what: string;
  tool: ToolRun;
  /** Undefined: all that the tool writes is the dump. */
  filter?: DumpFilter | undefined;
  examiner: DumpExaminer;
  /** For the commit record, beside what the examiner finds. */
  facts: Readonly<Record<string, unknown>>;
}

/** Sees a dump on its way and tells whether it is one. It is used for one dump. */
export interface DumpExaminer {
  /** The bytes in their order; a chunk's memory is not its own. Throws what kind of dump it is not, as a clause. */
  push(chunk: Uint8Array): void;
  /** The tool has ended well. Throws, as a clause, what the dump lacks at its end. */
  finish(): DumpFacts;
}

/** Takes away what a tool writes that is not of the dump. It is used for one dump, before anything else sees that. */
export interface DumpFilter {
  /** The bytes in their order; gives those that are of the dump, whose memory is used again. */
  push(chunk: Uint8Array): Uint8Array;
  /** The tool has ended well. Gives what was held back. */
  finish(): Uint8Array;
}

export interface DumpFacts {
  /** How much is in it: tables, collections, keys. Undefined: that cannot be told. */
  objects: number | undefined;
  /** For the commit record and `show`: counts and versions. No names of anything in the data. */
  facts: Readonly<Record<string, string | number>>;
}

/** Where tools run: a running container of a service, or one made for it. */
export interface ToolPlace {
  /** As errors call it: `service db`. */
  readonly name: string;
  /** Name of its container, where that is there before. */
  readonly container: string | undefined;
  /** Sentences about it that `doctor` says. */
  readonly remarks: readonly string[];
  /** Runs it to its end; when the signal fires, or the output cannot be taken, it is killed. */
  run(tool: ToolRun, output: ToolOutput, signal: AbortSignal): Promise<CommandEnd>;
}

export interface ToolRun {
  /** As errors call it: `pg_dump`. */
  name: string;
  /** Must hold no secret: everybody on the machine can see it. */
  command: readonly string[];
  /** May hold secrets: nobody but its user in the container, and root, can see it. */
  env?: Readonly<Record<string, string>> | undefined;
  /** What of it is not to be told when it repeats it. */
  secrets?: readonly string[] | undefined;
  /** Of the container; undefined: its own. */
  user?: string | undefined;
  stdin?: ExecRequest["stdin"];
}

export type ToolOutput = Pick<ExecRequest, "stdout">;

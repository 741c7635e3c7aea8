/** What is looked at of a point that a drill has restored. */
import type { Milliseconds } from "./instant.ts";

export type DrillCheck = FilesCheck | DatabasesCheck | CommandCheck | QueryCheck;

/** That are there; of `json`, that can be parsed, too. */
export interface FilesCheck {
  kind: "files" | "json";
  /** Relative to the root of what was backed up. */
  paths: readonly string[];
}

/** DuckDB and SQLite files that open. Those that were captured as databases need not be named. */
export interface DatabasesCheck {
  kind: "databases";
  paths: readonly string[];
}

/** That ends with exit code 0, in a container that is made for it and sees what was restored. */
export interface CommandCheck {
  kind: "command";
  command: readonly string[];
  /** The Compose service of whose image the container is; undefined, and without an `image`: the one that uses the source. */
  service: string | undefined;
  image: string | undefined;
  /** Where it sees what was restored; undefined: where the service has it. */
  mount: string | undefined;
  timeout: Milliseconds;
}

/** Of a server that dumps were given back to. */
export interface QueryCheck {
  kind: "query";
  query: string;
  /** Undefined: the first one of the point. */
  database: string | undefined;
  /** All that it answers; undefined: a number of at least `atLeast`. */
  expect: string | undefined;
  /** Undefined: 1. */
  atLeast: number | undefined;
}

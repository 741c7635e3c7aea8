/** What a capture needs of one live SQLite database: the order, its scratch directory, and SQLite in a child process. */
import { SIDE_FILES } from "../../domain/embedded-database.ts";
import { HoldfastError } from "../../domain/errors.ts";
import { HOUR } from "../../domain/instant.ts";
import type { DatabaseOrder } from "../database-capture.ts";
import { CannotCapture } from "../live/cannot-capture.ts";
import { realSystem, type CaptureSystem } from "../live/capture-system.ts";
import { Scratch } from "../live/scratch.ts";
import { askSqlite, type SqliteAnswer } from "./ask-sqlite.ts";
import { CODES, type SqliteRequest } from "./sqlite-request.ts";

export type LiveOrder = Pick<DatabaseOrder, "path" | "scratch" | "clock" | "signal">;

/** How long a writer is waited for: longer than a transaction of a program that serves people takes. */
const LOCK_WAIT_MS = 5000;

/** No database takes longer to be read; what the run may take is for its own limit. */
const LONGEST = 24 * HOUR;

export function whatFailed(path: Buffer): string {
  return `Capturing the SQLite database ${path.toString()}`;
}

export class LiveSqlite {
  readonly path: Buffer;
  readonly scratch: Scratch;
  readonly order: LiveOrder;
  readonly system: CaptureSystem;

  constructor(order: LiveOrder, system: CaptureSystem = realSystem) {
    this.path = order.path;
    this.order = order;
    this.system = system;
    this.scratch = new Scratch({ ...order, what: whatFailed(order.path) }, system);
  }

  /** That nobody is in the middle of writing, as SQLite's own locks tell. */
  async probe(): Promise<"quiet" | "busy" | "unlockable"> {
    const answer = await this.#ask({ operation: "probe", live: this.path.toString("hex"), waitMs: 0 });
    return answer.state === "done" ? "quiet" : this.#obstacle(answer);
  }

  /** Copies the file of a moment at which nobody was writing, unless somebody writes while it is copied. */
  async copyQuiet(target: string): Promise<{ cloned: boolean } | "busy" | "unlockable"> {
    const live = this.path.toString("hex");
    const answer = await this.#ask({ operation: "copy", live, target, waitMs: LOCK_WAIT_MS });
    if (answer.state === "copied") return { cloned: answer.cloned };
    await this.clear();
    return this.#obstacle(answer);
  }

  /** Copies what a reader sees, as SQLite's own backup does. Nothing is left in the scratch directory where that fails. */
  async backUp(target: string): Promise<"copied" | "busy" | "unlockable"> {
    const live = this.path.toString("hex");
    const answer = await this.#ask({ operation: "backup", live, target, waitMs: LOCK_WAIT_MS });
    if (answer.state === "done") return "copied";
    await this.clear();
    return this.#obstacle(answer);
  }

  /** Leaves the scratch directory as it was given, whoever wrote to it. */
  async clear(): Promise<void> {
    for (const suffix of ["", ...SIDE_FILES.sqlite]) this.scratch.made(suffix);
    await this.scratch.clear();
  }

  /** Where that fails, the copy is left as it is: the check will say. */
  async recover(path: string): Promise<void> {
    await this.#ask({ operation: "recover", path });
  }

  async #ask(request: SqliteRequest): Promise<SqliteAnswer> {
    const { clock, signal } = this.order;
    return askSqlite(request, { what: whatFailed(this.path), timeout: LONGEST, clock, signal });
  }

  /** A file that SQLite cannot read, and shared memory that is not there, leave copying the files as they are. */
  #obstacle(answer: SqliteAnswer): "busy" | "unlockable" {
    if (answer.state === "silent") {
      if (answer.end.how === "crashed") return "unlockable";
      throw new CannotCapture("busy", `the process that read it gave no answer (${answer.end.how})`);
    }
    if (answer.state !== "refused") return "unlockable";
    if (answer.code === CODES.busy) return "busy";
    if (answer.code === CODES.full || answer.message.includes("ENOSPC"))
      throw new HoldfastError("no-space", {
        what: whatFailed(this.path),
        why: `the scratch directory ${this.order.scratch} has no room for its copy`,
        next: "free space there",
      });
    return "unlockable";
  }
}

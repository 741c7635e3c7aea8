/** What a kind of database has to do for its captures. */
import type { CapturedDatabase, DatabaseOrder } from "../../../capture/database-capture.ts";
import type { DatabaseVerdict } from "../../../capture/database-verdict.ts";

export interface DatabaseDriver {
  /** Throws a HoldfastError when no try succeeds. */
  capture(order: DatabaseOrder): Promise<CapturedDatabase>;
  /**
   * While its writers are held by the caller, who lets them go on before `finish` is called. `checkpointing`: they have to go on
   * for a moment, and be held anew.
   */
  captureHeld(order: HeldOrder): Promise<HeldCapture | "checkpointing">;
  check(order: CheckOrder): Promise<DatabaseVerdict>;
  /** Says why it cannot be done. Absent where there are no exports of this kind. */
  export?(order: ExportOrder): Promise<string | undefined>;
}

export type HeldOrder = Pick<DatabaseOrder, "path" | "scratch" | "clock" | "signal">;

export interface CheckOrder {
  /** Of the captured main file, with its side files beside it. */
  path: string;
  level: "full" | "light";
  key: string | undefined;
  signal: AbortSignal;
}

export interface ExportOrder extends Pick<CheckOrder, "path" | "signal"> {
  /** Directory for it, empty. */
  to: string;
}

export interface HeldCapture {
  /** What the copies still need to be a capture. */
  finish(signal: AbortSignal): Promise<CapturedDatabase>;
}

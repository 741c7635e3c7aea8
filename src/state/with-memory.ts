/**
 * A decorator over the State: a full or read-only disk must not silence alerts or falsify a status. While the disk takes
 * nothing, runs and alerts are kept in memory; when it does again, it is brought up to date, each thing once. Only the audit
 * trail and silences still throw: whoever acts by hand is told that it could not be written.
 */
import type { State } from "../ports/state.ts";
import { RememberedAlerts } from "./remembered-alerts.ts";
import { RememberedNotes, rememberedSilences } from "./remembered-notes.ts";
import { RememberedRuns } from "./remembered-runs.ts";
import { Trouble } from "./trouble.ts";

export interface EnduringState extends State {
  /** Why the disk takes nothing at present; undefined while it has everything. */
  trouble(): string | undefined;
  /** Tries the disk again when there was trouble. Only for the one process that owns the alerts. */
  recover(): void;
}

/** `onEvent` is told, a sentence each, when trouble begins and when it is over. Must not throw. */
export function withMemory(state: State, { onEvent }: { onEvent: (message: string) => void }): EnduringState {
  const trouble = new Trouble(onEvent);
  const runs = new RememberedRuns(state.runs, trouble);
  const alerts = new RememberedAlerts(state.alerts, trouble);
  const notes = new RememberedNotes(state.notes, trouble);
  return {
    runs,
    alerts,
    audit: state.audit,
    notes,
    silences: rememberedSilences(state.silences, trouble),
    trouble: () => trouble.message,
    recover() {
      if (trouble.message === undefined) return;
      trouble.either(() => {
        runs.flush();
        alerts.flush({ always: true });
        notes.flush();
        trouble.over();
      }, undefined);
    },
    close() {
      trouble.either(() => runs.flush(), undefined);
      state.close();
    },
  };
}

/**
 * What is being done to somebody else's containers, on disk before it is done (invariant 2). One intervention at a time: who
 * holds services while another one holds some would take a paused service for one that is to stay paused.
 */
import type { Instant } from "../domain/instant.ts";
import type { ContainerRequest, RequestedMount } from "./container-runtime.ts";
import type { ProcessIdentity } from "./process-identity.ts";

export interface InterventionJournal {
  /**
   * Writes and syncs the intervention, unless there is one: then resolves with that one and changes nothing. Atomic, also
   * between processes.
   */
  begin(intervention: Intervention): Promise<Intervention | undefined>;
  /** Rewrites the one with the same id, synced. Nothing when it has ended. */
  update(intervention: Intervention): Promise<void>;
  /** The one that is open. An entry that cannot be read throws. */
  current(): Promise<Intervention | undefined>;
  /** Everything that was held runs again. Ending what has ended is done already. */
  end(id: string): Promise<void>;
}

export interface Intervention {
  id: string;
  job: string;
  mode: HoldMode;
  /** Of `stop`: how long a service may take to end, in seconds. Undefined: its own. */
  graceSeconds: number | undefined;
  startedAt: Instant;
  /** After this nothing of it may be held any more, whatever its owner is doing. */
  deadline: Instant;
  owner: InterventionOwner;
  /** In the order in which they are held; released in the opposite one. None yet: nothing has been done. */
  held: readonly HeldContainer[];
  /** Name of the container that guards it. */
  guard: string | undefined;
  /** Does what services are held for, where another container does it. */
  worker: Worker | undefined;
}

export interface Worker {
  /** Its name. As long as it runs, services are not let run again. */
  container: string;
  /** It does nothing worth waiting for once its owner is gone. */
  endsWithOwner?: boolean | undefined;
  /** Settling, as the start of a sentence. Default: ending a restore in place. */
  settling?: string | undefined;
  /**
   * Puts right what it left half done; nothing where that is nothing. Services run again only once this has ended well, whoever
   * lets them: so it needs nothing but the engine, which a guard has, too.
   */
  settle: SettleRequest;
}

/** Whoever reads the journal reads its environment, too: nothing secret may be in it. */
export interface SettleRequest extends ContainerRequest {
  mounts: readonly RequestedMount[];
  capabilities: readonly string[];
}

export type HoldMode = "pause" | "stop";

export interface InterventionOwner {
  process: ProcessIdentity;
  /** The container it runs in, and since when: a restarted one is another owner. */
  container: { id: string; startedAt: Instant | undefined } | undefined;
}

/** One that ran when it was held. */
export interface HeldContainer {
  id: string;
  name: string;
  /** By which it is found when it was recreated under another id. */
  project: string;
  service: string;
  number: number;
  /** Since when it ran: later than this, somebody has started it again. */
  startedAt: Instant | undefined;
  /** The engine was asked to stop it, or is about to be: it goes on with that also when whoever asked is gone. */
  stopAsked: boolean;
}

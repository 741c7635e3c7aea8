/**
 * Backups that the vendor of a managed database makes of one instance, and keeps. Policy (retention, freshness, what is a point) lives
 * above it. Passing troubles are waited out inside; errors are HoldfastErrors that name the permission or the setting to change.
 */
import type { Instant, Milliseconds } from "../domain/instant.ts";

export interface ManagedBackups {
  instance(signal: AbortSignal): Promise<ManagedInstance>;
  /** All of the instance, whoever made them, newest first. A listing that cannot be completed throws. */
  list(signal: AbortSignal): Promise<ManagedBackup[]>;
  /**
   * Resolves with the backup once it can be restored. The description is its intention: asked for again, also after an answer that
   * was lost, it never makes a second one. What the vendor was told to do goes on when nobody waits for it any more.
   */
  create(
    request: { description: string; location: string | undefined },
    options: { timeout: Milliseconds; signal: AbortSignal },
  ): Promise<ManagedBackup>;
  /** What is gone is gone already. Resolves once it is. */
  remove(id: string, signal: AbortSignal): Promise<void>;
}

export interface ManagedBackup {
  /** Unique in the instance. */
  id: string;
  description: string | undefined;
  /** `successful`: it can be restored. `other`: skipped, or being deleted. */
  status: "running" | "successful" | "failed" | "other";
  /** Made by the vendor's own schedule, which also deletes it. */
  isAutomated: boolean;
  startedAt: Instant | undefined;
  endedAt: Instant | undefined;
  location: string | undefined;
  /** Why it failed. */
  error: string | undefined;
}

export interface ManagedInstance {
  /** `POSTGRES_16` */
  version: string;
  region: string;
  isRunning: boolean;
  /** The vendor's own schedule. */
  isBackedUp: boolean;
  /** It can be restored to any second of the last days. */
  hasPointInTime: boolean;
}

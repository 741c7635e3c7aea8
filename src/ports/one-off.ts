/** Containers of our own image that do one thing and are gone: what this one has neither the mounts nor the rights for. */
import type { CommandEnd, CommandOutput, RequestedMount } from "./container-runtime.ts";

export interface OneOffs {
  /**
   * Runs `holdfast <arguments>` in a container of its own to its end, and removes that however it ended. It has no network, and
   * keeps no log, so that output of any length costs nothing. What an earlier one for the same job and purpose left is removed
   * before. Throws `runtime` where this process runs in no container: there is no image then.
   */
  run(request: OneOffRequest, output: CommandOutput, signal: AbortSignal): Promise<CommandEnd>;
}

export interface OneOffRequest {
  /** The caller holds its lock: nobody else runs one for the same job and purpose. */
  job: string;
  /** One word: `capture`. */
  purpose: string;
  arguments: readonly string[];
  /** A named volume must exist: the engine would make an empty one. */
  mounts: readonly RequestedMount[];
  /** Linux capabilities, beside none. */
  capabilities: readonly string[];
  /** See ContainerRequest. */
  onHost?: boolean | undefined;
  /** Paths of this container that the other one sees at the same place, read-only, where they lie on a mount. */
  visible?: readonly string[] | undefined;
  /** The same, for paths that it writes to. */
  writable?: readonly string[] | undefined;
}

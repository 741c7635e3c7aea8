/** A server that a drill makes for itself, to give dumps back to and to ask whether all of them is there. */
import type { Container, ContainerRequest } from "./container-runtime.ts";
import type { ReadableDump } from "./dump-restorer.ts";

export interface DumpTrials {
  /** Compose service of the server that is dumped: of its image is the other one. */
  readonly service: string;
  /** What its container takes. It has no network, and nothing of the service's. */
  readonly container: Pick<ContainerRequest, "env" | "capabilities">;
  open(container: Container): TrialServer;
}

/** In a container that runs. */
export interface TrialServer {
  /** Whether it can be worked with: not while it only sets itself up. */
  isReady(signal: AbortSignal): Promise<boolean>;
  /** Throws `damaged`, and `source` with what the server's own tools say. */
  restore(request: TrialRestore): Promise<void>;
  /** One sentence for each thing that the commit record tells of and the server has not. */
  compare(dumps: readonly ReadableDump[], signal: AbortSignal): Promise<string[]>;
  /** What it answers, as text. Throws `source` with what it says against the question. */
  ask(question: { query: string; database: string | undefined }, signal: AbortSignal): Promise<string>;
}

export interface TrialRestore {
  dumps: readonly ReadableDump[];
  signal: AbortSignal;
  onProgress: (bytes: number) => void;
}

/** What every row is given. */
import type { ToolKind } from "./tools/tool.ts";

export interface BenchContext {
  /** An empty directory, on the file system that the figures are about. */
  work: string;
  /** Another for what is too large for the first. */
  giantWork: string;
  /** 1 is what the rows promise to be about. */
  scale: number;
  rounds: number;
  /** Whoever is installed, but us. */
  peers: readonly ToolKind[];
  /** Whether the peers run the giant rows too. */
  giantPeers: boolean;
  signal: AbortSignal;
  progress: (line: string) => void;
}

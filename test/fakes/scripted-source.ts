/** A source whose data, warnings and failure a test dictates. */
import type { CaptureWarning } from "../../src/domain/recovery-point.ts";
import type { CaptureRequest, CaptureSummary, Source } from "../../src/ports/source.ts";

export interface Script {
  /** Object name to its chunks. */
  objects: Record<string, Uint8Array[]>;
  warnings?: CaptureWarning[];
  /** Facts of the capture. */
  capture?: Record<string, unknown>;
  /** Thrown after everything was pushed: a dump whose exit code is not 0. */
  failure?: Error;
  /** Awaited after everything was pushed. */
  pause?: Promise<void>;
}

export class ScriptedSource implements Source {
  readonly kind = "scripted";
  readonly captures: CaptureRequest[] = [];
  script: Script;

  constructor(script: Script) {
    this.script = script;
  }

  async inspect(): Promise<string[]> {
    return [];
  }

  async capture(request: CaptureRequest): Promise<CaptureSummary> {
    this.captures.push(request);
    const { objects, warnings = [], capture = {}, failure, pause } = this.script;
    for (const [name, chunks] of Object.entries(objects)) {
      const sink = request.openObject(name);
      for (const chunk of chunks) await sink.write(chunk);
    }
    await pause;
    request.signal.throwIfAborted();
    if (failure !== undefined) throw failure;
    const sourceBytes = Object.values(objects)
      .flat()
      .reduce((sum, { length }) => sum + length, 0);
    return {
      kind: "full",
      incomplete: warnings.some(({ problem }) => problem === "unreadable"),
      needs: [],
      totals: { entries: 1, files: 1, directories: 0, symlinks: 0, hardlinks: 0, sourceBytes },
      capture,
      warnings,
      warningCount: warnings.length,
    };
  }
}

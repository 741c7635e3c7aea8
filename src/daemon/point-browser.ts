/** Lets the pages look into recovery points that were seen in the stores: nothing is listed for it. */
import { listDirectory, openFile, type PathInPoint } from "../app/browse-point.ts";
import type { StatusKeeper } from "../app/status-keeper.ts";
import type { PointCopy } from "../app/locate-point.ts";
import { HoldfastError } from "../domain/errors.ts";
import { SECOND } from "../domain/instant.ts";
import type { DirectoryInPoint, InPoint, WebContext } from "../web/context.ts";
import type { Stack } from "./compose.ts";

/** Entries on one page. */
const FILES_SHOWN = 500;

/** Each holds a few frames in memory. */
const MOST_DOWNLOADS = 4;

export class PointBrowser {
  readonly #stack: Stack;
  readonly #keeper: StatusKeeper;
  #downloads = 0;

  constructor({ stack, keeper }: { stack: Stack; keeper: StatusKeeper }) {
    this.#stack = stack;
    this.#keeper = keeper;
  }

  async files(at: InPoint & { after: string | undefined }): Promise<DirectoryInPoint> {
    const { after } = at;
    const { files, next } = await listDirectory({ ...this.#located(at), after, limit: FILES_SHOWN });
    const shown = files.map(({ mtime, ...file }) => ({ ...file, changedAt: Number(mtime) * SECOND }));
    return { files: shown, next };
  }

  async file(at: InPoint): ReturnType<WebContext["file"]> {
    if (this.#downloads >= MOST_DOWNLOADS) {
      const why = `${MOST_DOWNLOADS} downloads are under way already`;
      throw new HoldfastError("refused", { what: "Downloading a file", why, next: "try again later" });
    }
    const { size, chunks } = await openFile(this.#located(at));
    return { size, chunks: this.#counted(chunks) };
  }

  async *#counted(chunks: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array> {
    this.#downloads++;
    try {
      yield* chunks;
    } finally {
      this.#downloads--;
    }
  }

  /** In the first of the job's stores that has it, those before others that answered last. */
  #located({ job, point: id, path, signal }: InPoint): PathInPoint {
    const points = this.#keeper.points(job);
    const stores = this.#keeper.status().stores;
    const found = points
      .filter((point) => point.id === id)
      .toSorted((a, b) => Number(isUp(b.store)) - Number(isUp(a.store)));
    const [point] = found;
    if (point === undefined) {
      const why = "no store has such a point";
      throw new HoldfastError("not-found", { what: `Finding recovery point ${id} of job ${job}`, why });
    }
    const others = points.filter(({ store, id: other }) => store === point.store && other !== id);
    const copy: PointCopy = {
      ...{ point, store: this.#stack.store(point.store) },
      siblings: others.map(({ record }) => record),
    };
    return { copy, path, signal, keys: this.#stack.context.keys };

    function isUp(name: string): boolean {
      return stores.find((store) => store.name === name)?.up === true;
    }
  }
}

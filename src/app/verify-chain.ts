/**
 * What the points of a job take from one another, checked while each is read once: the points that are needed come first,
 * their contents are remembered, and what a later index says of them is compared.
 */
import { ContentLedger } from "../archive/verify/content-ledger.ts";
import { hasContent, type IndexEntry } from "../archive/index-entry.ts";
import { HoldfastError } from "../domain/errors.ts";
import type { CatalogPoint } from "../domain/recovery-point.ts";
import type { PointVerdict } from "./verify-point.ts";

/** The chosen points and all that they need, each after those that it needs. */
export function inOrderOfNeed(
  chosen: readonly CatalogPoint[],
  all: readonly CatalogPoint[],
): readonly CatalogPoint[] {
  const byId = new Map(all.map((point) => [point.id, point]));
  const ordered = new Set<CatalogPoint>();
  const visit = (point: CatalogPoint): void => {
    if (ordered.has(point)) return;
    for (const id of [...point.record.needs].sort()) {
      const needed = byId.get(id);
      // What is later cannot be needed; a record that says so must not lead in circles.
      if (needed !== undefined && needed.startedAt < point.startedAt) visit(needed);
    }
    ordered.add(point);
  };
  for (const point of chosen) visit(point);
  return [...ordered];
}

const MAX_FILES_NAMED = 20;

export class VerifiedChain {
  readonly #ledger: ContentLedger;
  readonly #holders: ReadonlySet<string>;
  readonly #verdicts = new Map<string, PointVerdict>();

  constructor(points: readonly CatalogPoint[]) {
    this.#holders = new Set(points.flatMap(({ record }) => record.needs));
    const held = points.filter(({ id }) => this.#holders.has(id));
    this.#ledger = new ContentLedger(
      held.reduce((sum, { record: { totals } }) => sum + totals.files + totals.hardlinks, 0),
    );
  }

  keep(id: string, verdict: PointVerdict): void {
    this.#verdicts.set(id, verdict);
  }

  /** Throws where there is no verdict on a point that this one needs. */
  linksOf({ id, record }: CatalogPoint): ChainLinks {
    const needs = new Map(record.needs.map((needed) => [needed, this.#verdictOn(needed, id)]));
    return new ChainLinks({ id, needs, ledger: this.#ledger, isHolder: this.#holders.has(id) });
  }

  #verdictOn(needed: string, id: string): PointVerdict {
    const verdict = this.#verdicts.get(needed);
    if (verdict !== undefined) return verdict;
    const what = `Verifying recovery point ${id}`;
    const why = `it needs ${needed}, which could not be read`;
    throw new HoldfastError("store", { what, why, next: "see what is said of that point" });
  }
}

interface LinksOptions {
  id: string;
  /** The verdicts on the points that this one needs. */
  needs: ReadonlyMap<string, PointVerdict>;
  ledger: ContentLedger;
  isHolder: boolean;
}

/** One point's entries on their way through. */
export class ChainLinks {
  readonly #options: LinksOptions;
  /** Of each damaged link, the files that lie in the damage. */
  readonly #concerned = new Map<string, { paths: string[]; more: number }>();

  constructor(options: LinksOptions) {
    this.#options = options;
  }

  /** Gives one sentence where an entry names what another point does not hold. */
  check(entry: IndexEntry): string | undefined {
    if (!hasContent(entry)) return undefined;
    const { id, needs, ledger, isHolder } = this.#options;
    const { sha256, size, data } = entry;
    const content = { point: data.point ?? id, offset: data.offset, size, sha256 };
    if (data.point === undefined) {
      if (isHolder) ledger.add(content);
      return undefined;
    }
    const verdict = needs.get(data.point);
    if (verdict === undefined) {
      return `${entry.path}: its bytes are to be in ${data.point}, which the commit record does not say is needed`;
    }
    if (isDamaged(verdict, data.offset, size)) this.#concern(data.point, entry.path);
    if (verdict.isIndexDamaged || !verdict.isContentRead || ledger.has(content)) return undefined;
    return `${entry.path}: the archive of ${data.point} does not hold its bytes at ${data.offset}`;
  }

  /** One sentence for each damaged link. */
  problems(): string[] {
    return [...this.#options.needs].flatMap(([id, verdict]) => {
      const [first] = verdict.problems;
      if (first === undefined) return [];
      if (!verdict.isContentRead) return [`It needs ${id}, which is damaged: ${first}`];
      const concerned = this.#concerned.get(id);
      if (concerned !== undefined) {
        const more = concerned.more === 0 ? "" : ` and ${concerned.more} more`;
        const files = concerned.paths.join(", ") + more;
        return [`It needs ${id}, whose archive is damaged: ${first} Files concerned: ${files}.`];
      }
      if (!verdict.isIndexDamaged) return [];
      return [
        `It needs ${id}, whose index is damaged, so that what it takes from there is not proven: ${first}`,
      ];
    });
  }

  #concern(point: string, path: string): void {
    const concerned = this.#concerned.get(point) ?? { paths: [], more: 0 };
    this.#concerned.set(point, concerned);
    if (concerned.paths.length < MAX_FILES_NAMED) concerned.paths.push(path);
    else concerned.more += 1;
  }
}

function isDamaged({ archive }: PointVerdict, offset: number, size: number): boolean {
  return size > 0 && (archive === "all" || archive.touch(offset, size));
}

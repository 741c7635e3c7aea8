/** Which jobs a page shows: those whose name was asked for, the worst first, so many at a time. */
import type { JobStatus } from "../../app/read-status.ts";
import { FRESHNESS } from "../../domain/freshness.ts";
import { html, type Html } from "./html.ts";
import { counted } from "./words.ts";

/** Rows of the table, one for each job and store: as many as can be looked through, and as keep the page below 100 kB. */
const ROWS_ON_A_PAGE = 50;

/** Of a stack with fewer jobs everything is in sight. */
const WORTH_A_SEARCH = 10;

export interface JobQuery {
  /** Part of the name, in any case; empty: all. */
  find: string;
  /** From 1. */
  page: number;
}

export interface JobChoice {
  shown: readonly JobStatus[];
  /** Those that match, on all pages. */
  found: number;
  all: number;
  query: JobQuery;
  pages: number;
}

export const EVERY_JOB: JobQuery = { find: "", page: 1 };

/** What came with the address is taken for what it can mean. */
export function jobQueryOf(parameters: URLSearchParams): JobQuery {
  const page = Number(parameters.get("page") ?? 1);
  return {
    find: (parameters.get("find") ?? "").slice(0, 100),
    page: Number.isSafeInteger(page) && page > 0 ? page : 1,
  };
}

export function chooseJobs(jobs: readonly JobStatus[], { find, page }: JobQuery): JobChoice {
  const wanted = find.trim().toLowerCase();
  const found = jobs
    .filter(({ name }) => name.toLowerCase().includes(wanted))
    .toSorted((a, b) => FRESHNESS.indexOf(b.freshness) - FRESHNESS.indexOf(a.freshness));
  const pages = inPages(found);
  const at = Math.min(page, pages.length);
  return {
    shown: pages[at - 1] ?? [],
    found: found.length,
    all: jobs.length,
    query: { find, page: at },
    pages: pages.length,
  };
}

/** At least one page, at least one job on each. */
function inPages(jobs: readonly JobStatus[]): JobStatus[][] {
  const pages: JobStatus[][] = [[]];
  let rows = 0;
  for (const job of jobs) {
    const needed = Math.max(1, job.stores.length);
    if (rows > 0 && rows + needed > ROWS_ON_A_PAGE) {
      pages.push([]);
      rows = 0;
    }
    pages.at(-1)?.push(job);
    rows += needed;
  }
  return pages;
}

export function searchForm({ query, all }: JobChoice): Html | undefined {
  if (all < WORTH_A_SEARCH && query.find === "") return undefined;
  return html`<form class="search" role="search">
    <label>Find jobs <input type="search" name="find" value="${query.find}" maxlength="100" /></label>
    <button>Find</button>
    ${query.find === "" ? "" : html`<a href="?">Show all ${all}</a>`}
  </form>`;
}

export function pageLinks({ query, pages, found }: JobChoice): Html | undefined {
  if (pages === 1) return undefined;
  const link = (page: number, text: string, rel: string): Html | undefined =>
    page < 1 || page > pages
      ? undefined
      : html`<a href="?${addressOf({ find: query.find, page })}" rel="${rel}">${text}</a>`;
  return html`<nav class="pages" aria-label="Pages of jobs">
    ${link(query.page - 1, "← Worse", "prev")}
    <span>Page ${query.page} of ${pages}, ${counted(found, "job")}, the worst first</span>
    ${link(query.page + 1, "Better →", "next")}
  </nav>`;
}

function addressOf({ find, page }: JobQuery): string {
  return new URLSearchParams({ ...(find === "" ? {} : { find }), page: String(page) }).toString();
}

/** Filters, order and pages of listings, as far as they are used. https://google.aip.dev/160 */
import type { Json } from "./operations.ts";
import { FakeRefusal } from "./refusal.ts";

export interface ListQuery {
  filter: string | undefined;
  orderBy: string | undefined;
  pageToken: string | undefined;
  maxResults: number;
}

export function pageOf(all: readonly Json[], { filter, orderBy, pageToken, maxResults }: ListQuery) {
  const matches = filter === undefined ? () => true : matcherOf(filter);
  const sorted = all.filter(matches).sort(orderOf(orderBy));
  const from = pageToken === undefined ? 0 : Number(Buffer.from(pageToken, "base64url").toString());
  const items = sorted.slice(from, from + maxResults);
  const next = from + items.length;
  const more = next < sorted.length ? { nextPageToken: Buffer.from(String(next)).toString("base64url") } : {};
  return { ...(items.length === 0 ? {} : { items }), ...more };
}

/** `(labels.a = "b") AND (labels.c:*)` */
function matcherOf(filter: string): (item: Json) => boolean {
  const terms = filter.split(" AND ").map((term) => {
    const [, field, is = "", wanted] = /^\((\w+) (!?=) "([^"]*)"\)$/.exec(term) ?? [];
    if (field !== undefined) return (item: Json) => (item[field] === wanted) === (is === "=");
    const [, key, value] = /^\(labels\.([a-z][a-z0-9_-]*)(?::\*| = "([^"]*)")\)$/.exec(term) ?? [];
    if (key === undefined)
      throw new FakeRefusal(400, "invalid", `Invalid value for field 'filter': '${filter}'`);
    return (item: Json) => {
      const labels = (item["labels"] ?? {}) as Record<string, string>;
      return value === undefined ? key in labels : labels[key] === value;
    };
  });
  return (item) => terms.every((term) => term(item));
}

function orderOf(orderBy: string | undefined): (a: Json, b: Json) => number {
  const isByTime = orderBy === "creationTimestamp desc";
  if (orderBy !== undefined && !isByTime) throw new FakeRefusal(400, "invalid", `Invalid orderBy ${orderBy}`);
  const key = isByTime ? "creationTimestamp" : "name";
  const compare = (a: Json, b: Json) => (String(a[key]) < String(b[key]) ? -1 : 1);
  return isByTime ? (a, b) => compare(b, a) : compare;
}

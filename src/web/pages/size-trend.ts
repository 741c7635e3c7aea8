/** How much the last points of a job hold, as a line. */
import { formatSize } from "../../domain/human-text.ts";
import { isSafety, type CatalogPoint } from "../../domain/recovery-point.ts";
import { html, type Html } from "./html.ts";

const POINTS_SHOWN = 30;
const WIDTH = 60;
const HEIGHT = 16;

/** Undefined where there is nothing to compare. The line's ground is half of the largest, or less where one holds less. */
export function sizeTrend(points: readonly CatalogPoint[]): Html | undefined {
  const sizes = sizesOf(points);
  const [first] = sizes;
  const last = sizes.at(-1);
  if (first === undefined || last === undefined || sizes.length < 2) return undefined;
  const largest = Math.max(...sizes);
  const ground = Math.min(largest / 2, ...sizes);
  const heightOf = (size: number): number =>
    largest === ground ? HEIGHT / 2 : HEIGHT - 1 - ((size - ground) / (largest - ground)) * (HEIGHT - 2);
  const line = sizes.map(
    (size, at) => `${rounded((at / (sizes.length - 1)) * WIDTH)} ${rounded(heightOf(size))}`,
  );
  const label = `Size of the last ${sizes.length} points: from ${formatSize(first)} to ${formatSize(last)}`;
  return html`<svg class="sizes" viewBox="0 0 ${WIDTH} ${HEIGHT}" role="img">
    <title>${label}</title>
    <polyline points="${line.join(" ")}" />
  </svg>`;
}

/** Of the content, oldest first; those before a restore are of what somebody wanted to get rid of. */
function sizesOf(points: readonly CatalogPoint[]): number[] {
  const distinct = new Map(
    points.filter(({ record }) => !isSafety(record)).map((point) => [point.id, point]),
  );
  return [...distinct.values()]
    .toSorted((a, b) => a.startedAt - b.startedAt)
    .slice(-POINTS_SHOWN)
    .map(({ record }) => record.totals.sourceBytes);
}

function rounded(value: number): string {
  return String(Math.round(value * 10) / 10);
}

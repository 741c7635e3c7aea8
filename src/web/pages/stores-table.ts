/** The stores: whether each answers, and how much room it has. */
import type { StoreStatus } from "../../app/read-status.ts";
import { formatSize } from "../../domain/human-text.ts";
import { html, type Html } from "./html.ts";
import type { Moments } from "./moments.ts";
import { shortened, withCode } from "./prose.ts";
import { badge } from "./words.ts";

export function storesTable(stores: readonly StoreStatus[], moments: Moments): Html {
  return html`<table class="stores">
    <caption>
      Stores
    </caption>
    <thead>
      <tr>
        <th scope="col">Store</th>
        <th scope="col">State</th>
        <th scope="col" class="n">Free</th>
      </tr>
    </thead>
    ${stores.map((store) => storeRow(store, moments))}
  </table>`;
}

const UP = { word: "up", sign: "✓", tone: "good" } as const;
const NOT_YET = { word: "not looked at yet", sign: "…", tone: "calm" } as const;
const DOWN = { word: "unreachable", sign: "✕", tone: "bad" } as const;

function storeRow(store: StoreStatus, moments: Moments): Html {
  const error =
    store.error === undefined
      ? undefined
      : html`<small class="reason">${withCode(shortened(store.error))}</small>`;
  return html`<tbody>
    <tr>
      <th scope="row"><b>${store.name}</b><small>${store.kind}</small></th>
      <td data-label="State">
        <div>
          ${badge(store.up === undefined ? NOT_YET : store.up ? UP : DOWN)}${error}
          ${store.checkedAt === undefined ? "" : html`<small>checked ${moments.relative(store.checkedAt)}</small>`}
        </div>
      </td>
      <td data-label="Free" class="n"><div>${freeSpace(store)}</div></td>
    </tr>
  </tbody>`;
}

function freeSpace({ freeBytes, totalBytes }: StoreStatus): Html {
  if (freeBytes === undefined) return html`not known`;
  if (totalBytes === undefined || totalBytes === 0) return html`${formatSize(freeBytes)}`;
  const percent = Math.floor((freeBytes / totalBytes) * 100);
  return html`${formatSize(freeBytes)}<small>${percent} % of ${formatSize(totalBytes)}</small>`;
}

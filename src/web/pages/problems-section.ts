/** Points that stand in a store but cannot be used, with why. */
import type { StackStatus } from "../../app/read-status.ts";
import { html, type Html } from "./html.ts";
import { shortened, withCode } from "./prose.ts";
import { counted } from "./words.ts";

/** A store that lost its disk can have hundreds; the API has them all. */
const SHOWN = 20;

export function problemsSection({ problems }: Pick<StackStatus, "problems">): Html | undefined {
  if (problems.length === 0) return undefined;
  const rest = problems.length - SHOWN;
  const items = problems.slice(0, SHOWN).map(
    ({ job, store, id, message }) =>
      html`<li>
        <b>${job}/${id}</b> in ${store}
        <p>${withCode(shortened(message))}</p>
      </li>`,
  );
  return html`<section>
    <h2>Points that cannot be used</h2>
    <ul class="alerts">
      ${items}
    </ul>
    ${rest > 0 ? html`<p>And ${counted(rest, "more point")}.</p>` : ""}
  </section>`;
}

/** The volumes of the stack that nobody backs up: what a green page would hide. */
import type { StackStatus } from "../../app/read-status.ts";
import { html, type Html } from "./html.ts";
import { counted } from "./words.ts";

/** The API has them all. */
const SHOWN = 20;

export function unprotectedSection({
  unprotectedVolumes = [],
}: Pick<StackStatus, "unprotectedVolumes">): Html | undefined {
  if (unprotectedVolumes.length === 0) return undefined;
  const rest = unprotectedVolumes.length - SHOWN;
  const items = unprotectedVolumes.slice(0, SHOWN).map((name) => html`<li><b>${name}</b></li>`);
  return html`<section>
    <h2>Volumes that no job backs up</h2>
    <ul class="alerts names">
      ${items}
    </ul>
    ${rest > 0 ? html`<p>And ${counted(rest, "more volume")}.</p>` : ""}
  </section>`;
}

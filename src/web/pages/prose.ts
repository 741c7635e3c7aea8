/** Sentences of errors and alerts, in which backticks mark what can be typed. */
import { html, type Html } from "./html.ts";

export function withCode(text: string): Html[] {
  return text.split("`").map((part, at) => (at % 2 === 1 ? html`<code>${part}</code>` : html`${part}`));
}

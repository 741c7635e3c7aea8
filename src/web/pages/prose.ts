/** Sentences of errors and alerts, in which backticks mark what can be typed. */
import { html, type Html } from "./html.ts";

export function withCode(text: string): Html[] {
  return text.split("`").map((part, at) => (at % 2 === 1 ? html`<code>${part}</code>` : html`${part}`));
}

/** What a server or a tool said can be a page long; its beginning tells what it is. */
const LONGEST = 400;

export function shortened(text: string): string {
  return text.length <= LONGEST ? text : `${text.slice(0, LONGEST).trimEnd()}…`;
}

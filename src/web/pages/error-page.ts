/** What a person sees at an address where there is nothing, or when a page failed. */
import { html } from "./html.ts";
import { pageOf } from "./page.ts";

export function errorPage(message: string): string {
  return pageOf({
    title: "Holdfast",
    tone: "calm",
    root: "/",
    main: html`<div class="verdict calm"><h1>${message}</h1></div>
      <p><a href="/">To the status of all backups</a></p>`,
  });
}

/** The frame of every page: complete without scripts, fonts, or anything from another address. */
import { PALETTES } from "./colours.ts";
import { html, Html } from "./html.ts";
import { style } from "./style.ts";
import type { Tone } from "./words.ts";

export interface Page {
  title: string;
  /** Colours the tab's icon. */
  tone: Tone;
  /** From this page to the status page, relative: "", "../" and so on. */
  root: string;
  /** It keeps itself up to date: gently by a script of ours, without scripts by being loaded again. */
  live?: boolean;
  main: Html;
  footer?: Html;
}

/** Seconds after which a browser without scripts loads a page again. */
const REFRESH = 60;

export function pageOf({ title, tone, root, live, main, footer }: Page): string {
  return html`<!doctype html>
    <html lang="en">
      <head>
        <meta charset="utf-8" />
        <meta name="viewport" content="width=device-width,initial-scale=1" />
        <meta name="color-scheme" content="light dark" />
        ${live === true ? html`<noscript><meta http-equiv="refresh" content="${REFRESH}" /></noscript>` : ""}
        <title>${title}</title>
        <link rel="icon" href="${iconOf(tone)}" />
        ${new Html(`<style>${style}</style>`)}
        ${live === true ? html`<script src="${root}live.js" defer></script>` : ""}
      </head>
      <body>
        <main>${main}</main>
        ${footer === undefined ? "" : html`<footer>${footer}</footer>`}
      </body>
    </html> `.markup;
}

/** A dot in the colour of the verdict, to be seen among many tabs. */
function iconOf(tone: Tone): string {
  const colour = encodeURIComponent(PALETTES.light[tone]);
  return `data:image/svg+xml,<svg xmlns='http://www.w3.org/2000/svg' viewBox='0 0 16 16'><circle cx='8' cy='8' r='7' fill='${colour}'/></svg>`;
}

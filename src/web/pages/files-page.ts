/** One directory of a recovery point, each file of it to be downloaded. */
import { formatSize } from "../../domain/human-text.ts";
import { encodeBytes, textOfBytes } from "../byte-path.ts";
import type { DirectoryInPoint, FileInPoint } from "../context.ts";
import { html, type Html } from "./html.ts";
import { Moments } from "./moments.ts";
import { pageOf } from "./page.ts";

export interface FilesView {
  job: string;
  point: string;
  /** A byte path; `.` is the top. */
  path: string;
  listing: DirectoryInPoint;
}

/** Served at `jobs/<job>/points/<point>/files` below the status page. */
export function filesPage({ job, point, path, listing }: FilesView): string {
  const { files, next } = listing;
  const more =
    next === undefined
      ? ""
      : html`<nav class="pages" aria-label="Pages of files">
          <a href="files?path=${encodeBytes(path)}&amp;after=${encodeBytes(next)}">More →</a>
        </nav>`;
  return pageOf({
    title: `${textOfBytes(path)} in ${point}`,
    tone: "calm",
    root: "../../../../",
    main: html`<nav class="trail" aria-label="Back">
        <a href="../../../${encodeURIComponent(job)}">← Job ${job}</a>
      </nav>
      <h1 class="alone">${point}</h1>
      <nav class="crumbs" aria-label="Directories">${crumbs(path)}</nav>
      ${files.length === 0 ? html`<p class="empty">There is nothing in this directory.</p>` : filesTable(files)}
      ${more}`,
  });
}

function filesTable(files: readonly FileInPoint[]): Html {
  const moments = new Moments(0);
  return html`<table class="files">
    <caption>
      Files
    </caption>
    <thead>
      <tr>
        <th scope="col">Name</th>
        <th scope="col" class="n">Size</th>
        <th scope="col">Changed</th>
        <th scope="col">Mode</th>
      </tr>
    </thead>
    <tbody>
      ${files.map((file) => row(file, moments))}
    </tbody>
  </table>`;
}

function row(file: FileInPoint, moments: Moments): Html {
  const { type, size, mode, changedAt, target } = file;
  const hasSize = type === "file" || type === "hardlink";
  const note = target === undefined ? "" : html`<small>→ ${textOfBytes(target)}</small>`;
  return html`<tr>
    <th scope="row">${nameOf(file)}${note}</th>
    <td data-label="${hasSize ? "Size" : "Type"}" class="n">
      <div>${hasSize ? formatSize(size) : type}</div>
    </td>
    <td data-label="Changed">${changedAt === undefined ? "–" : moments.absolute(changedAt)}</td>
    <td data-label="Mode"><code>${mode.toString(8).padStart(4, "0")}</code></td>
  </tr>`;
}

function nameOf({ path, type }: FileInPoint): Html {
  const name = textOfBytes(path.slice(path.lastIndexOf("/") + 1));
  if (type === "directory") return html`<a href="files?path=${encodeBytes(path)}">${name}/</a>`;
  if (type === "file" || type === "hardlink")
    return html`<a href="file?path=${encodeBytes(path)}" download>${name}</a>`;
  return html`<b>${name}</b>`;
}

function crumbs(path: string): Html {
  const parts = path === "." ? [] : path.split("/");
  const links = parts.map((part, at) => {
    const up = parts.slice(0, at + 1).join("/");
    return html` / <a href="files?path=${encodeBytes(up)}">${textOfBytes(part)}</a>`;
  });
  return html`<a href="files">top</a>${links}`;
}

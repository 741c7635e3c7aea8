/** A draft as YAML: the origin of each line behind it, what has no equivalent above all of it. */
import { Document, isNode, type Node } from "yaml";
import type { Draft, Line } from "./draft.ts";

export function printDraft({ lines, notes }: Draft, title: string): string {
  const document = new Document({});
  for (const line of lines) place(document, line);
  document.commentBefore = [title, ...notes.map((note) => `TODO ${note}`)]
    .map((text) => ` ${text.replaceAll("\n", " ")}`)
    .join("\n");
  return document.toString({ lineWidth: 0, flowCollectionPadding: false });
}

function place(document: Document, { path, value, from }: Line): void {
  const node: Node = document.createNode(value, { flow: true });
  node.comment = ` ${from.replaceAll("\n", " ")}`;
  for (let length = 1; length < path.length; length += 1) {
    const above = path.slice(0, length);
    if (!isNode(document.getIn(above, true))) document.setIn(above, document.createNode({}));
  }
  document.setIn(path, node);
}

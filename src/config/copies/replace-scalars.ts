/** Replaces single values in a text of YAML, and leaves everything else as it was written: comments, order, quotes. */
import { isPair, isScalar, isSeq, parseDocument, visit, type Scalar } from "yaml";
import type { ConfigPath } from "../config-error.ts";

export interface ScalarPlace {
  path: ConfigPath;
  text: string;
}

interface Replacement {
  from: number;
  to: number;
  by: string;
}

/** `replace` gives what stands in a value's place, or undefined. Undefined: the text is no YAML. */
export function replaceScalars(
  text: string,
  replace: (place: ScalarPlace) => string | undefined,
): string | undefined {
  const document = parseDocument(text, { prettyErrors: false, uniqueKeys: false, logLevel: "silent" });
  if (document.errors.length > 0) return undefined;
  const replacements: Replacement[] = [];
  visit(document, {
    Scalar(key, node, ancestors) {
      if (key === "key" || node.range === undefined || node.range === null) return;
      const by = replace({ path: pathOf([...ancestors, node]), text: textOf(node) });
      if (by !== undefined) replacements.push({ ...replacementOf(node.range, text), by: JSON.stringify(by) });
    },
  });
  return replacements
    .toSorted((a, b) => b.from - a.from)
    .reduce((rest, { from, to, by }) => rest.slice(0, from) + by + rest.slice(to), text);
}

/** The line break that ends a block stays. */
function replacementOf([from, to]: readonly [number, number, number], text: string) {
  return { from, to: text[to - 1] === "\n" ? to - 1 : to };
}

function textOf({ value }: Scalar): string {
  if (value === null || value === undefined) return "";
  return typeof value === "string" ? value : JSON.stringify(value);
}

function pathOf(chain: readonly unknown[]): ConfigPath {
  return chain.flatMap((node, index): (string | number)[] => {
    const child = chain[index + 1];
    if (isPair(child)) return [isScalar(child.key) ? String(child.key.value) : String(child.key)];
    return isSeq(node) && child !== undefined ? [node.items.indexOf(child)] : [];
  });
}

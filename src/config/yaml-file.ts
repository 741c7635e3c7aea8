/** A YAML file as plain values, which still knows on which line each of them stands. */
import {
  type Document,
  isAlias,
  isMap,
  isPair,
  isScalar,
  isSeq,
  LineCounter,
  parseDocument,
  visit,
} from "yaml";
import type { ErrorCode, Node, Pair, YAMLMap } from "yaml";
import { pathText, type ConfigPath, type ConfigProblem } from "./config-error.ts";

export interface YamlFile {
  /** Undefined when the syntax is broken, because what follows a mistake cannot be trusted. */
  value: unknown;
  problems: ConfigProblem[];
  /** Of the key or item at this path, or of the nearest one above it that is there. */
  lineOf(path: ConfigPath): number | undefined;
}

export function readYaml(text: string): YamlFile {
  const lines = new LineCounter();
  // Messages of the library quote the source, which may hold secrets; "pretty" ones quote whole lines of it.
  const document = parseDocument(text, {
    lineCounter: lines,
    prettyErrors: false,
    uniqueKeys: false,
    merge: true,
    logLevel: "error",
  });
  const lineAt = (offset: number) => lines.linePos(offset).line;
  const syntax = syntaxProblems(document, lineAt);
  const value = syntax.length > 0 ? undefined : plainValue(document, syntax);
  return {
    value,
    problems: syntax.length > 0 ? syntax : duplicateKeys(document, lineAt),
    lineOf: (path) => lineOfPath(document, path, lineAt),
  };
}

/**
 * One problem a line: what follows on the same line is usually the same mistake. Aliases first, because an unquoted
 * cron expression is one followed by what else YAML makes of it.
 */
function syntaxProblems(document: Document, lineAt: (offset: number) => number): ConfigProblem[] {
  const byLine = new Map<number, ConfigProblem>();
  visit(document, {
    Alias(_, alias, ancestors) {
      const target = alias.resolve(document);
      // One that stands within what it stands for would never end.
      if (target !== undefined && !ancestors.includes(target)) return;
      const line = lineAt(alias.range?.[0] ?? 0);
      if (!byLine.has(line)) byLine.set(line, { path: "", line, message: syntaxMessage("BAD_ALIAS") });
    },
  });
  for (const { code, pos } of [...document.errors, ...document.warnings]) {
    const line = lineAt(pos[0]);
    if (!byLine.has(line)) byLine.set(line, { path: "", line, message: syntaxMessage(code) });
  }
  return [...byLine.values()].sort((a, b) => (a.line ?? 0) - (b.line ?? 0));
}

const QUOTES = "put values that hold or start with special characters in quotes";

const MESSAGES: Partial<Record<ErrorCode, string>> = {
  BAD_ALIAS:
    "expected a value, got an alias (*) without an anchor before it; put values that start with * in quotes",
  BAD_DQ_ESCAPE: "expected a known escape after \\ in double quotes; use single quotes to write it as it is",
  BAD_INDENT: "expected the indentation of the lines before, or the end of a bracket",
  BAD_SCALAR_START: "expected a value, got a character that YAML reserves; put the value in quotes",
  BLOCK_AS_IMPLICIT_KEY: `expected one value, got a second "key: value" on the line; ${QUOTES}`,
  MISSING_CHAR: "expected a closing quote or bracket, or a space after a colon or comma",
  MULTILINE_IMPLICIT_KEY: "expected a key on one line with a colon after it",
  MULTIPLE_DOCS: "expected one document, got a second one after ---",
  TAB_AS_INDENT: "expected spaces as indentation, got a tab",
  TAG_RESOLVE_FAILED: `expected no tags, got one that is not known; ${QUOTES}`,
  UNEXPECTED_TOKEN: `expected the value to end here, got more; ${QUOTES}`,
};

function syntaxMessage(code: ErrorCode): string {
  return `${MESSAGES[code] ?? `expected YAML, got something else; ${QUOTES}`} (YAML syntax)`;
}

/** Unfolds aliases and merge keys. Aliases of aliases can make a small file enormous: the library refuses those. */
function plainValue(document: Document, problems: ConfigProblem[]): unknown {
  try {
    return document.toJS() as unknown;
  } catch {
    problems.push({ path: "", message: "expected aliases and merge keys (<<) that name a few maps each" });
    return undefined;
  }
}

function duplicateKeys(document: Document, lineAt: (offset: number) => number): ConfigProblem[] {
  const problems: ConfigProblem[] = [];
  visit(document, {
    Map(_, map, ancestors) {
      const seen = new Map<string, number>();
      for (const pair of map.items) {
        const name = keyText(pair);
        const line = lineAt((pair.key as Node | null)?.range?.[0] ?? 0);
        const first = seen.get(name);
        if (first !== undefined && name !== MERGE_KEY) {
          const path = pathText([...pathOf([...ancestors, map]), name]);
          problems.push({
            path,
            line,
            message: `expected the key once, got it again (first on line ${first})`,
          });
        }
        seen.set(name, first ?? line);
      }
    },
  });
  return problems;
}

/** Of the last in a chain of nodes from the document down. */
function pathOf(chain: readonly unknown[]): ConfigPath {
  return chain.flatMap((node, index): (string | number)[] => {
    const child = chain[index + 1];
    if (isPair(child)) return [keyText(child)];
    return isSeq(node) && child !== undefined ? [node.items.indexOf(child)] : [];
  });
}

/** The library gives this one as a symbol. */
const MERGE_KEY = "<<";

function keyText(pair: Pair): string {
  if (!isScalar(pair.key)) return String(pair.key);
  return typeof pair.key.value === "symbol" ? MERGE_KEY : String(pair.key.value);
}

function lineOfPath(
  document: Document,
  path: ConfigPath,
  lineAt: (offset: number) => number,
): number | undefined {
  let line: number | undefined;
  let node: unknown = document.contents;
  for (const part of path) {
    const found = childNode(document, node, part);
    if (found === undefined) break;
    if (found.range !== undefined) line = lineAt(found.range[0]);
    node = found.value;
  }
  return line;
}

interface Found {
  range: readonly [number, number, number] | undefined;
  value: unknown;
}

/** The last of several equal keys, as in the plain value; keys of the map itself before merged ones. */
function childNode(document: Document, node: unknown, part: string | number): Found | undefined {
  const target = isAlias(node) ? node.resolve(document) : node;
  if (isSeq(target)) {
    const item = target.items[Number(part)] as Node | undefined;
    return item === undefined ? undefined : { range: item.range ?? undefined, value: item };
  }
  if (!isMap(target)) return undefined;
  const pair = target.items.findLast((candidate) => keyText(candidate) === String(part));
  if (pair !== undefined) return { range: (pair.key as Node | null)?.range ?? undefined, value: pair.value };
  return mergedNode(document, target, part);
}

function mergedNode(document: Document, map: YAMLMap, part: string | number): Found | undefined {
  for (const pair of map.items) {
    if (keyText(pair) !== MERGE_KEY) continue;
    for (const source of isSeq(pair.value) ? pair.value.items : [pair.value]) {
      const found = childNode(document, source, part);
      if (found !== undefined) return found;
    }
  }
  return undefined;
}

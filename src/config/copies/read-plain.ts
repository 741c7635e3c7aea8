/** A file of YAML as plain values; undefined where it is none. */
import { parseDocument } from "yaml";

export { isMap } from "../schema-walk.ts";

export function readPlain(text: string): unknown {
  const document = parseDocument(text, {
    ...{ prettyErrors: false, uniqueKeys: false, merge: true, logLevel: "silent" },
  });
  if (document.errors.length > 0) return undefined;
  try {
    return document.toJS() as unknown;
  } catch {
    return undefined;
  }
}

/** What a receiver said, in an error: one short line without secrets, for receivers like to quote the request. */

const QUOTED_AT_MOST = 200;
/** A shorter one is no secret, and hiding it would hide every word that holds it. */
const SHORTEST_SECRET = 4;

/** `hidden`: the longest first where one is a part of another. */
export function quoteAnswer(text: string, hidden: readonly string[]): string {
  const secrets = hidden.filter(({ length }) => length >= SHORTEST_SECRET);
  const clean = secrets.reduce((cleaned, secret) => cleaned.replaceAll(secret, "…"), text);
  // eslint-disable-next-line no-control-regex -- an answer may hold anything, and this goes to a log and a terminal
  const line = clean.replace(/[\s\u0000-\u001f\u007f-\u009f]+/g, " ").trim();
  return line.length <= QUOTED_AT_MOST ? line : `${line.slice(0, QUOTED_AT_MOST)}…`.toWellFormed();
}

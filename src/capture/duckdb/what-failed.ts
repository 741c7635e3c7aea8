/** How the sentence of an error about a capture begins. */
export function whatFailed(path: Buffer): string {
  return `Capturing the DuckDB database ${path.toString()}`;
}

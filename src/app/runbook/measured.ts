/** Parts of a runbook that are true of one moment: another one makes no runbook out of date. */
const BEGIN = "<!-- measured -->";
const END = "<!-- end of measured -->";

export function measured(text: string): string {
  return `${BEGIN}\n${text}\n${END}`;
}

/** What two runbooks have to agree on, for one not to be out of date. */
export function withoutMeasured(runbook: string): string {
  return runbook
    .replaceAll("\r\n", "\n")
    .replace(new RegExp(`${BEGIN}.*?${END}`, "gs"), BEGIN)
    .trim();
}

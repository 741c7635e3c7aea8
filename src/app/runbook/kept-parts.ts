/** Parts of a runbook that people write, between two marks, and that are as they were when it is written anew. */

const NAMES = ["contacts", "escalation", "objectives", "notes"] as const;
export type KeptName = (typeof NAMES)[number];
export type KeptParts = Readonly<Partial<Record<KeptName, string>>>;

const begin = (name: KeptName): string => `<!-- keep: ${name} -->`;
const END = "<!-- end of keep -->";

/** What stands there where nobody has written anything yet. */
const TEMPLATES: Record<KeptName, string> = {
  contacts: `| who | for what | how | when |
| --- | --- | --- | --- |
| (name) | first on call | (phone) | always |
| (name) | the machines and the cloud account | (phone) | |
| (name) | the data, and who may decide to lose some | (phone) | |`,
  escalation: `1. Within 15 minutes: whoever is on call begins, and says so in (channel).
2. After 30 minutes without a plan: call (name).
3. Before anything that loses data: (name) decides.
4. When personal data may be lost or seen by others: tell (name) at once; the law gives 72 hours.`,
  objectives: `| service | may be down for (RTO) | may lose (RPO) |
| --- | --- | --- |
| (service) | (hours) | (hours) |`,
  notes: "What else somebody should know at three in the morning.",
};

export function keptPart(name: KeptName, kept: KeptParts): string {
  return `${begin(name)}\n${kept[name] ?? TEMPLATES[name]}\n${END}`;
}

/** From a runbook as it stands. Throws an Error where a mark is without its end, so that nothing that somebody wrote is lost. */
export function keptPartsOf(runbook: string): KeptParts {
  const text = runbook.replaceAll("\r\n", "\n");
  return Object.fromEntries(
    NAMES.flatMap((name) => {
      const from = text.indexOf(begin(name));
      if (from === -1) return [];
      const start = from + begin(name).length;
      const to = text.indexOf(END, start);
      if (to === -1) throw new Error(`the part ${name} has no end (${END})`);
      return [[name, text.slice(start, to).replace(/^\n|\n$/g, "")]];
    }),
  );
}

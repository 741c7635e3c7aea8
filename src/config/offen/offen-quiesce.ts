/** What docker-volume-backup does to other services around a backup, by their labels. */
import type { ComposeFile, ComposeService } from "./compose-services.ts";
import type { Draft, Value } from "./draft.ts";
import type { OffenEnvironment } from "./offen-environment.ts";

/** Sets a line of every job of the schedule. */
export type SetLine = (path: string[], value: Value | undefined, from?: string) => void;

interface Named {
  /** Of the schedule. */
  name: string;
  environment: OffenEnvironment;
}

const LABEL = "docker-volume-backup.";
/** The latter are what earlier versions called them. */
const STOP_LABELS = ["stop-during-backup", "stop-container-during-backup"];
const STEPS = [
  ["archive-pre", "before"],
  ["exec-pre", "before"],
  ["archive-post", "after"],
  ["exec-post", "after"],
] as const;

export function setQuiesce(draft: Draft, of: Named, { services }: ComposeFile, set: SetLine): void {
  const { environment, name } = of;
  const label =
    environment.take("BACKUP_STOP_DURING_BACKUP_LABEL") ?? environment.take("BACKUP_STOP_CONTAINER_LABEL");
  const wanted = label?.value ?? "true";
  const stopped = services.filter(({ labels }) =>
    STOP_LABELS.some((word) => labels.get(LABEL + word) === wanted),
  );
  if (stopped.length > 0) {
    set(
      ["quiesce", "stop"],
      stopped.map((service) => service.name),
      `label ${LABEL}stop-during-backup of ${namesOf(stopped)}`,
    );
    set(
      ["quiesce", "scope"],
      "whole",
      "stopped for the whole of it; databases alone need less (docs/compose.md)",
    );
  }
  setHooks(draft, environment, services, set);
  for (const step of ["process", "copy", "prune"]) {
    const pattern = new RegExp(`^docker-volume-backup\\.${step}-(pre|post)$`);
    const left = services.filter(({ labels }) => [...labels.keys()].some((key) => pattern.test(key)));
    if (left.length === 0) continue;
    draft.note(
      `Labels ${LABEL}${step}-… of ${namesOf(left)} have no equivalent for ${name}: Holdfast calls hooks around the capture only.`,
    );
  }
}

function setHooks(
  draft: Draft,
  environment: OffenEnvironment,
  services: readonly ComposeService[],
  set: SetLine,
): void {
  const only = environment.take("EXEC_LABEL")?.value;
  for (const [step, at] of STEPS) {
    const hooked = services.filter(
      ({ labels }) =>
        labels.has(LABEL + step) && (only === undefined || labels.get(`${LABEL}exec-label`) === only),
    );
    if (hooked.length === 0) continue;
    const hooks = hooked.map(({ name: service, labels }) => {
      const user = labels.get(`${LABEL}${step}.user`);
      const command = labels.get(LABEL + step) ?? "";
      return { exec: { service, command: asWeWrite(command), ...(user !== undefined && { user }) } };
    });
    set(["quiesce", at], hooks, `label ${LABEL}${step} of ${namesOf(hooked)}`);
    for (const { exec } of hooks) noteDump(draft, exec);
  }
}

/** Compose makes one dollar of two; here only a brace after it begins a variable. */
function asWeWrite(command: string): string {
  return command.replaceAll("$$", () => "$").replaceAll("${", () => "$${");
}

const DUMPS: readonly [words: RegExp, kind: string][] = [
  [/\bpg_dump/, "postgres"],
  [/\b(mysql|mariadb-)dump/, "mysql"],
  [/\bmongodump/, "mongodb"],
  [/\bredis-cli\b.*\bsave\b/i, "redis"],
];

function noteDump(draft: Draft, { service, command }: { service: string; command: string }): void {
  const [, kind] = DUMPS.find(([words]) => words.test(command)) ?? [];
  if (kind === undefined) return;
  draft.note(
    `Service ${service} is dumped by a command: a job of kind ${kind} dumps it without a file in between, and proves the dump (docs/${kind}.md).`,
  );
}

function namesOf(services: readonly ComposeService[]): string {
  return services.map(({ name }) => name).join(", ");
}

/** Whether this identity may also restore: it need not, for restores are well left to another one. */
import type { MissingPermission, SnapshotProvider } from "../../ports/snapshot-provider.ts";

/** One sentence; none where nobody says, which the look at the rights of backups tells of. */
export async function restoreRights(provider: SnapshotProvider, signal: AbortSignal): Promise<string[]> {
  const { missing, unknown } = await provider.inspect({ uses: ["restore", "replace"], disks: [] }, signal);
  if (unknown.length > 0) return [];
  if (missing.length === 0) return ["This identity may also restore disks, attach them and swap them."];
  const forRestore = missing.filter(({ uses }) => uses.includes("restore"));
  if (forRestore.length > 0) return [lacking("may not restore", missing, "holdfastRestore")];
  return [lacking("may restore, but not with --replace", missing, "holdfastReplace")];
}

function lacking(what: string, missing: readonly MissingPermission[], role: string): string {
  const names = missing.map(({ permission }) => permission).join(", ");
  const remedy = `give it the role ${role}, or restore with another identity (docs/gce.md#the-rights-it-needs)`;
  return `This identity ${what}, which backups do not need: it lacks ${names} on ${missing[0]?.on}; ${remedy}.`;
}

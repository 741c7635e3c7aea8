/** The roles of docs/gce.md against the permissions that are asked for. */
import { readFileSync } from "node:fs";
import { expect, it } from "vitest";
import type { SnapshotUse } from "../../ports/snapshot-provider.ts";
import { permissionsFor } from "./permissions.ts";

const PAGE = readFileSync(new URL("../../../docs/gce.md", import.meta.url), "utf8");
/** A restore finds its point first. */
const LIST = "compute.snapshots.list";

it.each<[string, SnapshotUse[], string[]]>([
  ["holdfastBackup", ["backup", "prune"], []],
  ["holdfastRestore", ["restore"], [LIST, "compute.globalOperations.get"]],
  ["holdfastReplace", ["replace"], []],
  ["holdfastDrill", ["drill"], [LIST, "compute.globalOperations.get"]],
  ["holdfastSchedule", ["schedule"], []],
])("The role %s has what is needed, and nothing more", (role, uses, more) => {
  const command = new RegExp(`roles create ${role} [^]*?--permissions=([^]*?)\`\`\``).exec(PAGE)?.[1] ?? "";
  const granted = command.split(/[\\,\s]+/).filter((word) => word !== "");
  expect(granted).toEqual([...new Set([...permissionsFor(uses), ...more])].sort());
});

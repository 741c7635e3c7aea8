import { expect, it } from "vitest";
import { gceProvider } from "../../../test/fakes/gce/gce-provider.ts";
import { restoreRights } from "./restore-rights.ts";

const NOW = new AbortController().signal;

async function toldWithout(...permissions: string[]): Promise<string[]> {
  const { provider, compute } = await gceProvider();
  for (const permission of permissions) compute.api.lacks.add(permission);
  const told = await restoreRights(provider, NOW);
  expect(compute.calls.every(({ method }) => method.endsWith("testIamPermissions"))).toBe(true);
  return told;
}

it("An identity that has all rights may restore", async () => {
  expect(await toldWithout()).toEqual(["This identity may also restore disks, attach them and swap them."]);
});

it("One that may not restore is told of each permission that it lacks, and what to do", async () => {
  expect(await toldWithout("compute.disks.create", "compute.instances.attachDisk")).toEqual([
    "This identity may not restore, which backups do not need: it lacks compute.disks.create, compute.instances.attachDisk on " +
      "the project acme; give it the role holdfastRestore, or restore with another identity (docs/gce.md#the-rights-it-needs).",
  ]);
});

it("One that may only not swap is told so", async () => {
  const [told] = await toldWithout("compute.zoneOperations.list");
  expect(told).toMatch(
    /may restore, but not with --replace.* lacks compute.zoneOperations.list on .*holdfastReplace/,
  );
});

it("Nothing is said where nobody tells", async () => {
  const { provider, compute } = await gceProvider();
  compute.faults.inject("projects.testIamPermissions", { kind: "refuse", status: 403, reason: "forbidden" });
  expect(await restoreRights(provider, NOW)).toEqual([]);
});

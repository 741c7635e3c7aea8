import { describe, expect, it } from "vitest";
import { snapshotWorkshop, ZONE } from "../../test/fakes/snapshot-workshop.ts";
import { restoreDisks, type DiskRestoreRequest } from "./restore-disks.ts";

type Shop = ReturnType<typeof snapshotWorkshop>;

function restore(shop: Shop, changes: Partial<DiskRestoreRequest> = {}) {
  return restoreDisks(shop.context, {
    ...{ job: "disk", store: shop.store, provider: shop.provider, choice: { newest: true } },
    ...{ name: "new", disk: undefined, place: undefined, type: undefined, attach: undefined },
    signal: shop.signal,
    ...changes,
  });
}

describe("Making disks of a point", () => {
  it("makes one for each of the point's disks, where those were", async () => {
    const shop = snapshotWorkshop();
    await shop.backUp();
    const { run, report } = await restore(shop);
    expect(run.outcome).toBe("succeeded");
    expect(report?.disks.map(({ disk, from }) => [from, disk.disk])).toEqual([
      ["data-disk", { name: "new-data-disk", zone: ZONE }],
      ["home-disk", { name: "new-home-disk", zone: ZONE }],
    ]);
  });

  it("makes the one that is asked for, under the very name, of the type and in the zone that are asked for", async () => {
    const shop = snapshotWorkshop();
    await shop.backUp();
    const place = { zone: "europe-north1-b" };
    const { report } = await restore(shop, { disk: "home-disk", type: "pd-ssd", place });
    expect(report?.disks.map(({ disk }) => [disk.disk, disk.type])).toEqual([
      [{ name: "new", zone: "europe-north1-b" }, "pd-ssd"],
    ]);
  });

  it("attaches it under the name of the old disk, or under the one that is given", async () => {
    const shop = snapshotWorkshop({ source: { disk: "data-disk", zone: ZONE } });
    await shop.backUp();
    const attach = { machine: "vm", zone: undefined, deviceName: undefined, readOnly: true };
    const { report } = await restore(shop, { attach });
    expect(report?.disks[0]?.attached).toMatchObject({ deviceName: "data-disk", readOnly: true });
  });

  it("names what there is when the point has no such disk", async () => {
    const shop = snapshotWorkshop();
    await shop.backUp();
    const { error } = await restore(shop, { disk: "other" });
    expect(error?.message).toContain("name one of data-disk, home-disk");
  });

  it("says what was made before it failed", async () => {
    const shop = snapshotWorkshop();
    await shop.backUp();
    shop.cloud.disks.add({ name: "new-home-disk", zone: ZONE });
    const { error } = await restore(shop);
    expect(error?.message).toContain("what was made so far stays: new-data-disk");
  });

  it("keeps the point from being pruned meanwhile", async () => {
    const shop = snapshotWorkshop();
    await shop.backUp();
    const [point] = await shop.points();
    const used: unknown[] = [];
    const create = shop.cloud.disks.create.bind(shop.cloud.disks);
    shop.cloud.disks.create = async (request, signal) => {
      used.push(await shop.context.locks.pointsInUse(shop.store, signal));
      return create(request, signal);
    };
    await restore(shop);
    expect(used).toEqual([[point?.id], [point?.id]]);
  });
});

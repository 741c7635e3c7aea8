import { describe, expect, it } from "vitest";
import { snapshotSets } from "../../domain/disk-snapshot.ts";
import { HOUR, MINUTE } from "../../domain/instant.ts";
import type { Fault } from "../../../test/fakes/gce/faults.ts";
import { gceProvider } from "../../../test/fakes/gce/gce-provider.ts";
import { ZONE } from "../../../test/fakes/gce/stand-in.ts";
import { snapshotName } from "./names.ts";

const NOW = new AbortController().signal;
const POINT = { stack: "analytics", job: "disk", point: "20261120T030000Z-7f3a" };
const DATA = { zone: ZONE, name: "data-disk" };
const REQUEST = { ...POINT, disks: [DATA], tier: "standard", guestFlush: false } as const;
const DATA_PATH = `zones/${ZONE}/disks/data-disk`;
const BAD_GATEWAY = { kind: "refuse", status: 502, message: "<html>Bad Gateway</html>" } as const;

describe("a snapshot that is asked for", () => {
  it.each<[string, Fault]>([
    ["an answer that is lost", { kind: "lose-answer" }],
    ["an answer that is lost, and a request that is forgotten", { kind: "forget" }],
    ["a connection that is cut", { kind: "cut" }],
    ["an answer that never comes", { kind: "hang" }],
    ["429", { kind: "refuse", status: 429, reason: "rateLimitExceeded", retryAfter: "7" }],
    ["500", { kind: "refuse", status: 500 }],
    ["502 of a proxy", BAD_GATEWAY],
    ["503", { kind: "refuse", status: 503 }],
    ["403 for asking too much", { kind: "refuse", status: 403, reason: "rateLimitExceeded" }],
  ])("is made once, through %s", async (_, fault) => {
    const { provider, compute, clock } = await gceProvider();
    compute.onHang = () => void clock.advance(3 * MINUTE);
    const methods = ["disks.createSnapshot", "zoneOperations.get", "snapshots.get", "snapshots.setLabels"];
    for (const method of methods) compute.faults.inject(method, fault);
    await provider.snapshots.create(REQUEST, NOW);
    await provider.snapshots.awaitReady({ ...POINT, disks: 1 }, { timeout: HOUR, signal: NOW });
    for (const method of ["globalOperations.wait", "snapshots.list"]) compute.faults.inject(method, fault);
    await provider.snapshots.mark(POINT, { committed: 1000 }, NOW);
    const sets = snapshotSets(await provider.snapshots.list(POINT, NOW));
    expect(sets).toMatchObject([{ incomplete: undefined, marks: { committed: 1000 } }]);
    expect([...compute.project.everMade.values()]).toEqual([1]);
    expect(await provider.snapshots.remove(POINT, NOW)).toBe(1);
    expect(compute.project.snapshots.size).toBe(0);
  });

  it("has one request id for all attempts, also of another process, and another one for another point", async () => {
    const { provider, compute } = await gceProvider();
    compute.faults.inject("disks.createSnapshot", { kind: "cut" });
    await provider.snapshots.create(REQUEST, NOW);
    await provider.snapshots.create(REQUEST, NOW);
    await provider.snapshots.create({ ...REQUEST, point: "20261121T030000Z-7f3a" }, NOW);
    const ids = compute
      .seen("disks.createSnapshot")
      .map(({ url }) => /requestId=([0-9a-f-]{36})/.exec(url)?.[1]);
    expect(ids).toEqual([ids[0], ids[0], ids[0], ids[3]]);
    expect(ids[3]).not.toBe(ids[0]);
  });

  it("sends what the request says, and a flush of the guest only where it is wanted", async () => {
    const { provider, compute } = await gceProvider();
    const kmsKeyName = "projects/acme/locations/eu/keyRings/ring/cryptoKeys/key";
    const rawKey = Buffer.alloc(32, 7).toString("base64");
    await provider.snapshots.create(
      {
        ...{ ...REQUEST, disks: [{ ...DATA, key: { rawKey } }], tier: "archive", guestFlush: true },
        ...{ location: "europe-north1", description: "Before the migration", key: { kmsKeyName } },
      },
      NOW,
    );
    const [call] = compute.seen("disks.createSnapshot");
    expect(call?.url).toContain("guestFlush=true");
    expect(call?.body).toMatchObject({
      ...{
        snapshotType: "ARCHIVE",
        storageLocations: ["europe-north1"],
        description: "Before the migration",
      },
      ...{ sourceDiskEncryptionKey: { rawKey }, snapshotEncryptionKey: { kmsKeyName } },
    });
    await provider.snapshots.create({ ...REQUEST, point: "20261121T030000Z-7f3a" }, NOW);
    expect(compute.seen("disks.createSnapshot")[1]?.url).not.toContain("guestFlush");
  });

  it("fails when its operation fails late, with what it says", async () => {
    const { provider, compute } = await gceProvider();
    const message = "Quota 'SNAPSHOTS' exceeded.  Limit: 1000.0 globally.";
    compute.faults.inject("disks.createSnapshot", { kind: "fail-late", code: "QUOTA_EXCEEDED", message });
    const refused = expect(provider.snapshots.create(REQUEST, NOW)).rejects;
    await refused.toThrow(
      "Taking a snapshot of the disk data-disk in europe-north1-a failed: a quota is used up (Quota",
    );
    await refused.toMatchObject({ code: "store", transient: false });
  });

  it("leaves one of another kind alone that has its name", async () => {
    const { provider, compute } = await gceProvider();
    const name = snapshotName(POINT, DATA);
    compute.project.addSnapshot(DATA_PATH, { name, labels: { owner: "somebody" } });
    const creating = provider.snapshots.create(REQUEST, NOW);
    await expect(creating).rejects.toThrow(`there is a snapshot ${name} already, which is not ours`);
    expect(await provider.snapshots.remove(POINT, NOW)).toBe(0);
    expect(compute.project.snapshots.size).toBe(1);
  });

  it("is not waited for any longer than its signal", async () => {
    const { provider, compute } = await gceProvider();
    compute.project.outcome = "creating";
    const cancelling = new AbortController();
    compute.faults.decide = (method) => {
      if (method === "snapshots.get" && compute.seen(method).length === 3) cancelling.abort();
      return undefined;
    };
    const creating = provider.snapshots.create(REQUEST, cancelling.signal);
    await expect(creating).rejects.toMatchObject({ code: "cancelled" });
  });

  it("is given up when it does not begin to be uploaded", async () => {
    const { provider, compute } = await gceProvider();
    compute.project.outcome = "creating";
    const creating = provider.snapshots.create(REQUEST, NOW);
    await expect(creating).rejects.toThrow("has not begun to be uploaded within 5 min");
  });
});

describe("the limit of six snapshots of a disk in an hour", () => {
  it.each(["answer", "operation"] as const)("is explained when it comes as an %s", async (limit) => {
    const { provider, compute, clock } = await gceProvider();
    compute.project.limit = limit;
    for (let made = 0; made < 6; made++) {
      compute.project.addSnapshot(DATA_PATH, { name: `by-hand-${made}` });
      await clock.advance(MINUTE);
    }
    const refused = expect(provider.snapshots.create(REQUEST, NOW)).rejects;
    await refused.toThrow(
      "Compute Engine makes one snapshot of a disk in 10 minutes, and the last of the disk data-disk in europe-north1-a is " +
        "from 2026-11-20T00:05:00.000Z; the next is possible at 2026-11-20T00:15:00.000Z.",
    );
    await refused.toMatchObject({ code: "store", transient: false });
    expect(compute.seen("disks.createSnapshot")).toHaveLength(1);
  });

  it("can be known beforehand", async () => {
    const { provider, compute, clock } = await gceProvider();
    const from = () => provider.snapshots.possibleFrom([DATA], NOW);
    expect(await from()).toBe(clock.now());
    const first = clock.now();
    for (let made = 0; made < 6; made++) {
      compute.project.addSnapshot(DATA_PATH, { name: `by-hand-${made}` });
      await clock.advance(MINUTE);
    }
    expect(await from()).toBe(first + HOUR);
    expect(await provider.snapshots.possibleFrom([{ zone: ZONE, name: "home-disk" }], NOW)).toBe(clock.now());
    await clock.advance(HOUR);
    expect(await from()).toBe(clock.now());
  });
});

describe("Compute Engine that refuses", () => {
  it.each(["compute.disks.createSnapshot", "compute.snapshots.create", "compute.snapshots.setLabels"])(
    "for want of a permission is quoted by its name: %s",
    async (permission) => {
      const { provider, compute } = await gceProvider();
      compute.api.lacks.add(permission);
      await expect(provider.snapshots.create(REQUEST, NOW)).rejects.toThrow(
        `the credential lacks the permission ${permission} on projects/acme/${DATA_PATH}; grant it by a role`,
      );
    },
  );

  it.each([
    [
      "insufficientPermissions",
      "Request had insufficient authentication scopes.",
      "the scope cloud-platform",
    ],
    [
      "accessNotConfigured",
      "Compute Engine API has not been used in project 1 before",
      "gcloud services enable",
    ],
  ])("because of %s tells what to change", async (reason, message, next) => {
    const { provider, compute } = await gceProvider();
    compute.faults.inject("snapshots.list", { kind: "refuse", status: 403, reason, message });
    await expect(provider.snapshots.list(POINT, NOW)).rejects.toThrow(next);
  });

  it("a project that is not there names it", async () => {
    const { provider } = await gceProvider({ options: { project: "acmee" } });
    await expect(provider.snapshots.list(POINT, NOW)).rejects.toThrow(
      "there is no project acmee; check `project`.",
    );
  });
});

describe("labels", () => {
  it("that somebody sets at the same time are not lost", async () => {
    const { provider, compute } = await gceProvider();
    await provider.snapshots.create(REQUEST, NOW);
    const [name = ""] = compute.project.snapshots.keys();
    compute.faults.decide = (method) => {
      if (method !== "snapshots.setLabels" || compute.seen(method).length !== 1) return undefined;
      const { labels, labelFingerprint } = compute.project.snapshot(name).resource;
      compute.project.setLabels(
        name,
        { labels: { ...labels, owner: "somebody" }, labelFingerprint },
        undefined,
      );
      return undefined;
    };
    await provider.snapshots.mark(POINT, { committed: 1000 }, NOW);
    const { labels } = compute.project.snapshot(name).resource;
    expect(labels).toMatchObject({ owner: "somebody", "holdfast-committed": "19700101t000001z" });
  });

  it("are on more snapshots than a page holds, and every one is found", async () => {
    const { provider, compute } = await gceProvider();
    compute.api.pageSize = 2;
    for (let day = 10; day < 15; day++) {
      await provider.snapshots.create({ ...REQUEST, point: `202611${day}T030000Z-7f3a` }, NOW);
    }
    expect(await provider.snapshots.list(POINT, NOW)).toHaveLength(5);
  });
});

it("a wait that returns early is begun anew, until the operation has ended", async () => {
  const { provider, compute } = await gceProvider();
  compute.operations.ticksAStep = 20;
  await provider.snapshots.create(REQUEST, NOW);
  compute.faults.inject("globalOperations.wait", { kind: "early" }, { times: 5 });
  await provider.snapshots.remove(POINT, NOW);
  expect(compute.seen("globalOperations.wait").length).toBeGreaterThan(5);
  expect(compute.project.snapshots.size).toBe(0);
});

it("a deletion that fails late because of its use is retained, and changes nothing", async () => {
  const { provider, compute } = await gceProvider();
  await provider.snapshots.create(REQUEST, NOW);
  const code = "RESOURCE_IN_USE_BY_ANOTHER_RESOURCE";
  compute.faults.inject("snapshots.delete", { kind: "fail-late", code });
  await expect(provider.snapshots.remove(POINT, NOW)).rejects.toMatchObject({ code: "retained" });
  expect(compute.project.snapshots.size).toBe(1);
});

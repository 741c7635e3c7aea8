/** Disks of Google Cloud, by the command line: snapshots taken, listed, kept, pruned, watched, and made into disks again. */
import { rmSync } from "node:fs";
import { describe, expect, it, onTestFinished } from "vitest";

import { REGION, ZONE } from "../fakes/gce/gce-provider.ts";
import { FakeCompute } from "../fakes/gce/fake-compute.ts";
import { waitUntil } from "./wait-until.ts";
import { testStack, type TestStack } from "./test-stack.ts";

async function project(): Promise<FakeCompute> {
  const compute = await FakeCompute.start(() => Date.now());
  onTestFinished(async () => {
    await compute.close();
    expect(compute.violations).toEqual([]);
  });
  for (const name of ["data-disk", "home-disk", "boot"])
    compute.project.addDisk(`zones/${ZONE}/disks/${name}`);
  compute.project.addDisk(`regions/${REGION}/disks/shared-disk`);
  compute.disks.addInstance(ZONE, "vm-1");
  return compute;
}

function stackOn(compute: FakeCompute, source: object, job: object = {}): TestStack {
  const of = { kind: "gce-disk", project: "acme", endpoint: compute.url, ...source };
  return testStack({ jobs: { disk: { source: of, ...job } } });
}

const TWO_DISKS = { zone: ZONE, disks: ["data-disk", "home-disk"] };

describe("a job of disks", () => {
  it("is backed up, listed, shown, fresh, and restored to new disks that are attached", async () => {
    const compute = await project();
    const stack = stackOn(compute, TWO_DISKS, { freshness: { maxAge: "26h" } });
    const first = await stack.backUp("disk");
    expect(compute.project.snapshots.size).toBe(2);
    expect(await stack.points()).toEqual([first]);
    const shown = await stack.done("show", first);
    expect(shown.stdout).toContain("data-disk");
    expect(shown.stdout).toContain("home-disk");
    expect((await stack.done("status")).stdout).toMatch(/disk\s+gce-acme\s+fresh/);
    const { stdout } = await stack.done(
      ...["restore", "disk", "--to-disk", "data-new", "--disk", "data-disk", "--type", "pd-ssd"],
      ...["--attach", "vm-1", "--device-name", "restored"],
    );
    expect(stdout).toContain("Made data-new (10.7 GB, pd-ssd)");
    expect(stdout).toContain("sudo mount -o discard,defaults /dev/disk/by-id/google-restored /mnt/restored");
    expect([...compute.project.disks.keys()]).toContain(`zones/${ZONE}/disks/data-new`);
  });

  it("is put in the old one's place on the machine of that, and nowhere else", async () => {
    const compute = await project();
    const stack = stackOn(compute, TWO_DISKS);
    await stack.backUp("disk");
    const env = { GCE_METADATA_HOST: "127.0.0.1:1" };
    const replace = (...more: string[]) =>
      stack.runWith({ env }, "restore", "disk", "--to-disk", "new", "--replace", ...more);
    expect((await replace()).stderr).toContain("home-disk; name one of them with --disk.");
    const elsewhere = await replace("--disk", "data-disk");
    expect(elsewhere.exitCode).toBe(5);
    expect(elsewhere.stderr).toContain(
      "Putting new in the place of data-disk failed: this is no machine of Google Cloud; run it on the machine",
    );
    const placed = await replace("--disk", "data-disk", "--zone", "europe-north1-b");
    expect(placed.exitCode).toBe(2);
    expect(placed.stderr).toContain("and --zone says where, too; leave out --zone.");
    expect([...compute.project.disks.keys()].filter((path) => path.endsWith("/new"))).toEqual([]);
  });

  it("is listed, and restored, where the state is lost", async () => {
    const compute = await project();
    const stack = stackOn(compute, TWO_DISKS);
    const first = await stack.backUp("disk");
    rmSync(stack.statePath, { recursive: true });
    expect(await stack.points()).toEqual([first]);
    await stack.done("restore", "disk", "--to-disk", "again");
    expect([...compute.project.disks.keys()]).toContain(`zones/${ZONE}/disks/again-home-disk`);
  });

  it("keeps what its retention says, and what is pinned", async () => {
    const compute = await project();
    const stack = stackOn(compute, { zone: ZONE, disk: "data-disk" }, { retention: { last: 1 } });
    const first = await stack.backUp("disk");
    await stack.done("pin", first);
    const second = await stack.backUp("disk");
    const third = await stack.backUp("disk");
    expect(await stack.points()).toEqual([third, first]);
    await stack.done("unpin", first);
    await stack.done("prune", "disk");
    expect(await stack.points()).toEqual([third]);
    expect(compute.project.snapshots.size).toBe(1);
    expect(second).not.toBe(third);
  });

  it("may be of regional disks", async () => {
    const compute = await project();
    const stack = stackOn(compute, { region: REGION, disk: "shared-disk" });
    const id = await stack.backUp("disk");
    expect(await stack.points()).toEqual([id]);
  });

  it("has no files, and says so wherever somebody asks for them", async () => {
    const compute = await project();
    const stack = stackOn(compute, TWO_DISKS);
    const id = await stack.backUp("disk");
    const asked = [
      ["ls", id],
      ["cat", id, "file"],
      ["restore", "disk", "--to", stack.path("there")],
      ["restore", "disk", "--in-place", "--yes"],
      ["verify", "disk"],
      ["copy", "disk", "--from", "gce-acme", "--to", "local"],
    ];
    const said: string[] = [];
    for (const args of asked) {
      const { exitCode, stderr } = await stack.run(...args);
      expect(exitCode, args.join(" ")).toBe(2);
      said.push(stderr.replaceAll(id, "ID").replaceAll(stack.root, "ROOT").trim());
    }
    expect(said).toMatchInlineSnapshot(`
      [
        "holdfast: Looking into recovery point ID failed: it is snapshots of disks, and has no files that could be read here; make a disk of it with \`holdfast restore disk --point ID --to-disk NAME\`.",
        "holdfast: Looking into recovery point ID failed: it is snapshots of disks, and has no files that could be read here; make a disk of it with \`holdfast restore disk --point ID --to-disk NAME\`.",
        "holdfast: Restoring failed: the points of job disk are snapshots of disks; make a disk of one with \`holdfast restore disk --to-disk NAME\`, and read there what is needed.",
        "holdfast: Restoring job disk in place failed: the points of job disk are snapshots of disks; make a disk of one with \`holdfast restore disk --to-disk NAME\`, and read there what is needed.",
        "holdfast: Verifying failed: the points of job disk are snapshots of disks; make a disk of one with \`holdfast restore disk --to-disk NAME\`, and read there what is needed.",
        "holdfast: Copying failed: snapshots of disks stay in the cloud they were made in; copy between other stores.",
      ]
    `);
  });

  it("is looked at by doctor, who names each missing permission", async () => {
    const compute = await project();
    const stack = stackOn(compute, TWO_DISKS);
    const well = await stack.run("doctor");
    expect(well.stdout).not.toContain("failed");
    expect(well.stdout).toMatch(/source of job disk +ok +This identity may also restore disks/);
    compute.api.lacks.add("compute.instances.attachDisk");
    const unable = await stack.run("doctor");
    expect(unable.exitCode).toBe(well.exitCode);
    expect(unable.stdout).toMatch(/source of job disk +ok +This identity may not restore.*attachDisk/);
    compute.api.lacks.add("compute.disks.createSnapshot");
    const { exitCode, stdout } = await stack.run("doctor");
    expect(exitCode).toBe(1);
    expect(stdout).toContain("compute.disks.createSnapshot on the disk data-disk");
  });

  it("without credentials, or of a disk that is not there, fails with a sentence", async () => {
    const compute = await project();
    const stack = stackOn(compute, { zone: ZONE, disk: "other-disk" });
    const { exitCode, stdout, stderr } = await stack.run("backup", "disk");
    expect(exitCode).toBe(1);
    expect(stdout + stderr).toMatch(/other-disk/);
    expect(stdout + stderr).not.toContain("    at ");
  });
});

describe("a daemon with a job of disks", () => {
  it("starts it, shows it fresh in its metrics, alerts when the cloud does not answer, and is well again", async () => {
    const compute = await project();
    const source = {
      kind: "gce-disk",
      project: "acme",
      endpoint: compute.url,
      zone: ZONE,
      disk: "data-disk",
    };
    const http = { listen: "127.0.0.1:0", token: "a-token-for-tests" };
    const stack = testStack({ jobs: { disk: { source, freshness: { maxAge: "26h" } } }, http });
    const daemon = await stack.startDaemon();
    const inStore = async () => (await daemon.status()).jobs[0]?.stores[0];
    await waitUntil("a first look", async () => (await inStore())?.freshness === "never");
    expect((await inStore())?.store).toBe("gce-acme");
    expect(await daemon.runJob("disk", http.token)).toBe("succeeded");
    const metrics = (await daemon.get("/metrics")).body;
    expect(metrics).toMatch(/^holdfast_job_fresh\{[^}]*job="disk"[^}]*store="gce-acme"[^}]*\} 1$/m);
    expect(metrics).toMatch(/^holdfast_store_up\{store="gce-acme"\} 1$/m);
    expect((await daemon.get("/")).body).toContain("gce-acme");
    compute.api.lacks.add("compute.snapshots.list");
    expect(await daemon.runJob("disk", http.token)).toBe("failed");
    await waitUntil("the alerts", async () => (await daemon.conditions()).includes("store-unreachable"));
    compute.api.lacks.clear();
    expect(await daemon.runJob("disk", http.token)).toBe("succeeded");
    await waitUntil("their end", async () => (await daemon.conditions()).length === 0);
    await daemon.stop("SIGTERM");
  });
});

describe("a schedule of Google's that is only watched", () => {
  it("gives points, freshness and disks, and is never pruned nor run", async () => {
    const compute = await project();
    const policy = `${compute.project.base}/regions/${REGION}/resourcePolicies/daily-backup`;
    compute.project.addSnapshot(`zones/${ZONE}/disks/data-disk`, {
      name: "data-disk-europe-north1-a-20261122-x1",
      ...{ sourceSnapshotSchedulePolicy: policy, autoCreated: true },
    });
    const observed = { zone: ZONE, disk: "data-disk", observe: { resourcePolicy: "daily-backup" } };
    const stack = stackOn(compute, observed, { retention: { last: 1 } });
    const [id = "", ...others] = await stack.points();
    expect(others).toEqual([]);
    expect((await stack.done("status")).stdout).toMatch(/disk\s+gce-acme\s+fresh/);
    await stack.done("prune", "disk");
    expect(await stack.points()).toEqual([id]);
    expect((await stack.run("backup", "disk")).exitCode).toBe(5);
    await stack.done("restore", "disk", "--to-disk", "from-google");
  });
});

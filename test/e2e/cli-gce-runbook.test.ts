/** The runbook of a whole machine, by the command line. */
import { expect, it, onTestFinished } from "vitest";

import { FakeCompute } from "../fakes/gce/fake-compute.ts";
import { ZONE } from "../fakes/gce/gce-provider.ts";
import { testStack } from "./test-stack.ts";

const VM = `zones/${ZONE}/instances/vm-1`;

async function cloud(disks: string[]) {
  const compute = await FakeCompute.start(() => Date.now());
  onTestFinished(async () => {
    await compute.close();
    expect(compute.violations).toEqual([]);
  });
  const { project, disks: made } = compute;
  for (const name of ["vm-1", "data-disk", "spare"]) project.addDisk(`zones/${ZONE}/disks/${name}`);
  project.disk(`zones/${ZONE}/disks/vm-1`)["sourceImage"] =
    `${project.base.replace("acme", "debian-cloud")}/global/images/debian-12`;
  made.addInstance(ZONE, "vm-1", {
    labels: { team: "data" },
    networkInterfaces: [
      {
        ...{ name: "nic0", network: `${project.base}/global/networks/default`, networkIP: "10.0.0.2" },
        subnetwork: `${project.base}/regions/europe-north1/subnetworks/inner`,
        accessConfigs: [{ name: "External NAT", type: "ONE_TO_ONE_NAT", natIP: "192.0.2.7" }],
      },
    ],
    serviceAccounts: [{ email: "vm@acme.iam.gserviceaccount.com", scopes: ["cloud-platform"] }],
  });
  made.putIn(VM, `zones/${ZONE}/disks/vm-1`, { deviceName: "boot", boot: true, autoDelete: true });
  made.putIn(VM, `zones/${ZONE}/disks/data-disk`, { deviceName: "data" });
  made.putIn(VM, `zones/${ZONE}/disks/spare`, { deviceName: "spare" });
  const source = { kind: "gce-disk", project: "acme", endpoint: compute.url, zone: ZONE, disks };
  return { compute, stack: testStack({ jobs: { disk: { source } } }) };
}

const NAMED = ["gce", "runbook", "--vm", "vm-1", "--zone", ZONE];

it("The runbook makes the machine again from the newest snapshots of its disks, with what it has now", async () => {
  const { compute, stack } = await cloud(["vm-1", "data-disk"]);
  const first = await stack.backUp("disk");
  const old = new Set(compute.project.snapshots.keys());
  const newest = await stack.backUp("disk");
  const { stdout } = await stack.done(...NAMED);
  const ofNewest = [...compute.project.snapshots.keys()].filter((name) => !old.has(name));
  for (const name of ofNewest) expect(stdout).toContain(`--source-snapshot=${name}`);
  expect(stdout).not.toContain(first);
  const told = ofNewest
    .reduce((text, name, index) => text.replaceAll(name, `SNAPSHOT-${index}`), stdout)
    .replaceAll(newest, "ID")
    .replaceAll(/\d{4}-\d\d-\d\dT[\d:.]+Z/g, "TIME");
  expect(told).toMatchInlineSnapshot(`
    "# The machine vm-1 in europe-north1-a again

    Nothing that is there is touched: the new machine is \`vm-1-new\`, beside the old one. In another zone, replace \`europe-north1-a\` everywhere.

    | disk | device name | is made from |
    | --- | --- | --- |
    | vm-1 (boot) | boot | ID of job disk (TIME) |
    | data-disk | data | ID of job disk (TIME) |
    | spare | spare | nothing |

    **No job takes snapshots of spare: what it holds is lost.**

    ## 1. Make the disks

    \`\`\`
    gcloud compute disks create vm-1-new \\
      --project=acme \\
      --zone=europe-north1-a \\
      --source-snapshot=SNAPSHOT-0 \\
      --type=pd-balanced
    gcloud compute disks create data-disk-new \\
      --project=acme \\
      --zone=europe-north1-a \\
      --source-snapshot=SNAPSHOT-1 \\
      --type=pd-balanced
    \`\`\`

    ## 2. Make the machine

    \`\`\`
    gcloud compute instances create vm-1-new \\
      --project=acme \\
      --zone=europe-north1-a \\
      --machine-type=e2-standard-4 \\
      --disk=name=vm-1-new,device-name=boot,mode=rw,boot=yes,auto-delete=yes \\
      --disk=name=data-disk-new,device-name=data,mode=rw,boot=no,auto-delete=no \\
      --network-interface=network=default,subnet=inner \\
      --tags=http-server \\
      --labels=team=data \\
      --service-account=vm@acme.iam.gserviceaccount.com \\
      --scopes=cloud-platform
    \`\`\`

    ## 3. Afterwards

    - It boots from a copy of the old machine's boot disk, whose \`/etc/fstab\` finds the other disks by device names, which are as before. A disk that is not there keeps it from booting unless its line says \`nofail\`.
    - The old machine was reached at 192.0.2.7: a static address has to be taken from it and given to the new one; else change DNS.
    - \`docker compose up -d\`, then \`holdfast status\`.
    - Point the jobs at the new disks: in the config they are called as the old ones were.
    "
  `);
});

it("The runbook boots from the image where no job takes the boot disk, and tells what would be lost", async () => {
  const { stack } = await cloud(["data-disk"]);
  await stack.backUp("disk");
  const { stdout } = await stack.done(...NAMED);
  expect(stdout).toContain("--image=projects/debian-cloud/global/images/debian-12");
  expect(stdout).toContain("**No job takes snapshots of spare: what it holds is lost.**");
  expect(stdout).toContain("sudo mount -o discard,defaults /dev/disk/by-id/google-data /mnt/data");
  expect(stdout).not.toContain("boot=yes");
});

it.each([
  [["gce", "runbook", "--vm", "vm-1"], "a machine is named by --vm and --zone"],
  [["gce", "runbook"], "this is no machine of Google Cloud; name one with --vm and --zone"],
])("%j is refused", async (args, why) => {
  const { stack } = await cloud(["data-disk"]);
  const env = { GCE_METADATA_HOST: "127.0.0.1:1" };
  const { exitCode, stderr } = await stack.runWith({ env }, ...args);
  expect(exitCode).toBe(2);
  expect(stderr).toContain(why);
});

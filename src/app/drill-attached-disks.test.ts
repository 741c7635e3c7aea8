/** Drills that attach the disks that they make, and look at them: in a cloud and an engine in memory. */
import { beforeEach, describe, expect, it } from "vitest";
import { snapshotWorkshop, ZONE } from "../../test/fakes/snapshot-workshop.ts";
import { temporaryDirectory } from "../../test/fakes/temporary-directory.ts";
import type { DrillCheck } from "../domain/drill-check.ts";
import { HoldfastError } from "../domain/errors.ts";
import type { CommandEnd, CommandOutput } from "../ports/container-runtime.ts";
import type { DiskFindings, DiskOrder } from "./drill/disk-checks.ts";
import { diskDrill } from "./drill-disks.ts";
import { runDrill } from "./run-drill.ts";

const VM = { zone: ZONE, name: "vm" };
const CHECKS: DrillCheck[] = [
  { kind: "files", paths: ["app/config", "home/ada"] },
  { kind: "databases", paths: ["app/users.db"] },
];

type Shop = ReturnType<typeof snapshotWorkshop>;

let shop: Shop;
let scratch: string;
/** What the container is asked to look at; it answers with what `answer` says. */
let orders: DiskOrder[];
let answer: (order: DiskOrder) => Partial<DiskFindings> | CommandEnd;

beforeEach(async () => {
  shop = snapshotWorkshop();
  scratch = temporaryDirectory();
  const { engine, cloud } = shop;
  cloud.machines.own = { ...VM, project: "acme" };
  const state = { kind: "volume", volume: "state", source: "/volumes/state", writable: true } as const;
  engine.own = engine.addService({ service: "backup", mounts: [{ ...state, destination: scratch }] });
  [orders, answer] = [[], () => ({})];
  engine.attach = async (_id: string, { stdout }: CommandOutput) => {
    const order = JSON.parse(engine.requests.at(-1)?.command[2] ?? "") as DiskOrder;
    orders.push(order);
    const said = answer(order);
    if ("exitCode" in said) return said;
    const whole: DiskFindings = { problems: [], warnings: [], missing: [], ...said };
    await stdout.write(Buffer.from(JSON.stringify(whole)));
    return { exitCode: 0, lastWords: "" };
  };
  await shop.backUp();
});

const drill = (checks: readonly DrillCheck[] = CHECKS) =>
  runDrill(shop.context, {
    ...{ job: "disk", trigger: "command", stores: [shop.store], choice: { newest: true } },
    signal: shop.signal,
    drill: diskDrill(shop.context, {
      ...{ provider: shop.provider, zone: undefined, snapshotKey: undefined, attach: { checks, scratch } },
    }),
  });

const left = async () => ({
  disks: await shop.cloud.disks.drillDisks(shop.context.stack, shop.signal),
  attached: shop.cloud.machines.attachments(VM),
  containers: await shop.engine.containers({ labels: { "holdfast.job": "disk" } }),
});
const NOTHING = { disks: [], attached: [], containers: [] };

describe("A drill that attaches its disks", () => {
  it("has each looked at by a container that may mount it, and takes all of it away again", async () => {
    const attachedThen: string[] = [];
    answer = ({ checks }) => {
      attachedThen.push(...shop.cloud.machines.attachments(VM).map(({ deviceName }) => deviceName));
      return { missing: checks.filter(({ path }) => path.startsWith("home") === orders.length < 2) };
    };
    const { run, report } = await drill();
    expect(run).toMatchObject({ outcome: "succeeded" });
    expect(report?.phases.map(({ name }) => name)).toEqual([
      "finding the point",
      "making disks",
      "attaching",
      "checking",
    ]);
    expect(orders.map(({ device }) => device.replace(/^.*google-/, ""))).toEqual(attachedThen);
    expect(orders[1]?.checks).toEqual([{ kind: "files", path: "home/ada" }]);
    expect(shop.engine.requests[0]).toMatchObject({
      ...{ image: "image", mountsDisks: true, capabilities: ["SYS_ADMIN", "DAC_READ_SEARCH"] },
      mounts: [
        { source: "/dev", destination: "/host-dev", writable: false },
        { source: "state", destination: scratch, writable: true },
      ],
    });
    expect(shop.engine.requests[0]?.networks).toBeUndefined();
    expect(await left()).toEqual(NOTHING);
  });

  it("fails the point for what is on none of its disks, and for what is wrong on one", async () => {
    answer = ({ checks }) => ({ missing: [...checks.slice(0, 1)], problems: ["a.db does not open: torn."] });
    const { report } = await drill();
    expect(report?.problems).toEqual([
      "data-disk: a.db does not open: torn.",
      "home-disk: a.db does not open: torn.",
      "app/config is not in the point, and a check asks for it.",
    ]);
    expect(await left()).toEqual(NOTHING);
  });

  it("says nothing about the point where the disk cannot be looked at, and leaves nothing", async () => {
    answer = () => ({ exitCode: 1, lastWords: "Looking at the disk failed: the machine has shown none" });
    const { run, error } = await drill();
    expect(run.point).toBeUndefined();
    expect(error?.message).toContain("the machine has shown none");
    expect((await shop.points())[0]?.lastProof).toBeUndefined();
    expect(await left()).toEqual(NOTHING);
  });

  it("makes none where this is no machine of the cloud", async () => {
    shop.cloud.machines.own = undefined;
    const { error } = await drill();
    expect(error).toMatchObject({ code: "usage" });
    expect(await left()).toEqual(NOTHING);
  });

  it("ends first what a killed one has left: what has a disk mounted, then the disk", async () => {
    const { disks } = shop.cloud;
    const { stack } = shop.context;
    const labels = { "holdfast-stack": stack, "holdfast-job": "disk", "holdfast-drill": "x" };
    const disk = { name: "hf-drill-old-1", zone: ZONE };
    disks.add(disk, { labels });
    await disks.attach({ machine: VM, disk, deviceName: disk.name, readOnly: false }, shop.signal);
    const found = { "holdfast.stack": stack, "holdfast.job": "disk", "holdfast.drill": "drill-gone" };
    const mounting = await shop.engine.create({ name: "old", image: "image", command: [], labels: found });
    const detach = disks.detach.bind(disks);
    disks.detach = (...asked) => {
      if (shop.engine.stateOf(mounting) !== undefined)
        throw new HoldfastError("refused", { what: "Detaching", why: "it is mounted" });
      return detach(...asked);
    };
    const { report } = await drill([]);
    expect(report?.leftovers).toEqual(["The container old", "The disk hf-drill-old-1"]);
    expect(await left()).toEqual(NOTHING);
  });
});

/** Puts a disk in another one's place, and back. Nobody uses either meanwhile: the services that do are held. */
import { sameDiskRef } from "../../domain/disk-snapshot.ts";
import { devicePath, type DiskSwap, type ZonalName } from "../../domain/disk-swap.ts";
import { HoldfastError } from "../../domain/errors.ts";
import { formatDuration } from "../../domain/human-text.ts";
import { MINUTE, SECOND, type Milliseconds } from "../../domain/instant.ts";
import type { Clock } from "../../ports/clock.ts";
import type { HostMounts } from "../../ports/host-mounts.ts";
import type { AttachedDisk, SnapshotProvider } from "../../ports/snapshot-provider.ts";

export interface SwapContext {
  cloud: Pick<SnapshotProvider, "disks" | "machines">;
  host: HostMounts;
  clock: Clock;
  signal: AbortSignal;
}

/** From a disk being attached or detached to the machine's device manager having told of it. */
const DEVICE_LIMIT: Milliseconds = 2 * MINUTE;
const LOOK_EVERY: Milliseconds = SECOND / 2;

/** Throws where something is not as it was looked at, or fails: `swapBack` is to be called then, whatever was done. */
export async function swapForward(swap: DiskSwap, context: SwapContext): Promise<void> {
  const { cloud, host, signal } = context;
  const { machine, old, fresh, deviceName, readOnly, mount } = swap;
  await assertStillSo(swap, context);
  await host.unmount(mount.at, signal);
  await cloud.disks.detach({ machine, disk: old }, signal);
  await untilSeen(swap, false, context);
  await cloud.disks.attach({ machine, disk: fresh, deviceName, readOnly }, signal);
  await untilSeen(swap, true, context);
  await host.mount(mount, signal);
}

/**
 * The old disk is attached and mounted again when it resolves, wherever the swap was ended, also by being killed; it may be called again
 * and again. What the killed one had asked for is waited for first: it would take effect later.
 */
export async function swapBack(swap: DiskSwap, context: SwapContext): Promise<void> {
  const { cloud, host, signal } = context;
  const { machine, old, fresh, deviceName, readOnly, mount } = swap;
  await cloud.machines.awaitQuiet(machine, signal);
  const attached = await disksOf(swap, context);
  if (attached.some(({ disk }) => sameDiskRef(disk, fresh))) {
    if (await isMounted(swap, context)) await host.unmount(mount.at, signal);
    await cloud.disks.detach({ machine, disk: fresh }, signal);
    await untilSeen(swap, false, context);
  }
  await cloud.disks.attach({ machine, disk: old, deviceName, readOnly }, signal);
  await untilSeen(swap, true, context);
  if (!(await isMounted(swap, context))) await host.mount(mount, signal);
}

async function disksOf(
  { machine }: DiskSwap,
  { cloud, signal }: SwapContext,
): Promise<readonly AttachedDisk[]> {
  return (await cloud.machines.describe(machine, signal)).disks;
}

/** Between the look before and the services having ended, somebody may have changed something. */
async function assertStillSo(swap: DiskSwap, context: SwapContext): Promise<void> {
  const { old, deviceName, mount } = swap;
  const attached = (await disksOf(swap, context)).find((each) => each.deviceName === deviceName);
  if (attached === undefined || !sameDiskRef(attached.disk, old) || attached.boot) {
    throw changed(swap, `${old.name} is not attached as ${deviceName} any more`);
  }
  const disk = await context.host.look(deviceName, context.signal);
  const [only, ...others] = disk?.mounts ?? [];
  if (disk === undefined || only?.at !== mount.at || only.source !== mount.source || others.length > 0) {
    throw changed(swap, `${old.name} is not mounted on ${mount.at} alone any more`);
  }
  const [user] = disk.users;
  if (user === undefined) return;
  throw changed(swap, `${user.command} (process ${user.pid}) uses it, although its services are stopped`);
}

async function isMounted({ deviceName, mount }: DiskSwap, { host, signal }: SwapContext): Promise<boolean> {
  const disk = await host.look(deviceName, signal);
  return disk?.mounts.some(({ at }) => at === mount.at) ?? false;
}

async function untilSeen(
  { deviceName }: DiskSwap,
  isWanted: boolean,
  { host, clock, signal }: SwapContext,
): Promise<void> {
  const giveUpAt = clock.monotonic() + DEVICE_LIMIT;
  while (((await host.look(deviceName, signal)) !== undefined) !== isWanted) {
    if (clock.monotonic() >= giveUpAt) throw notSeen(deviceName, isWanted);
    await clock.sleep(LOOK_EVERY, { signal });
  }
}

function notSeen(deviceName: string, isWanted: boolean): HoldfastError {
  const state = isWanted ? "there is no" : "there still is";
  return new HoldfastError("target", {
    what: `Waiting for the machine to see its disks`,
    why: `${state} ${devicePath(deviceName)} after ${formatDuration(DEVICE_LIMIT)}`,
  });
}

function changed({ old, fresh }: { old: ZonalName; fresh: ZonalName }, why: string): HoldfastError {
  return new HoldfastError("refused", { what: `Putting ${fresh.name} in the place of ${old.name}`, why });
}

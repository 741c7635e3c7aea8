/** Wires what swaps disks under services: on the side of who orders it, and in the container that does it. */
import { z } from "zod";
import { swapBack, swapForward } from "../app/disk-swap/carry-out-swap.ts";
import { DiskSwapper, type DiskSwapperContext } from "../app/disk-swap/disk-swapper.ts";
import { ownEnvironment } from "../config/load.ts";
import type { DiskSwap } from "../domain/disk-swap.ts";
import { HoldfastError } from "../domain/errors.ts";
import { ProcHostMounts, thisMachine } from "../host/proc-host-mounts.ts";
import { systemClock } from "../observability/system-clock.ts";
import type { HostDisk } from "../ports/host-mounts.ts";
import { GceOptions } from "../snapshots/gce/options.ts";

/** By these the cloud is reached, and who we are to it. */
const PASSED_ON = [
  ...["HTTPS_PROXY", "https_proxy", "HTTP_PROXY", "http_proxy", "NO_PROXY", "no_proxy"],
  ...["GCE_METADATA_HOST", "GOOGLE_APPLICATION_CREDENTIALS", "HOME"],
];

export function createDiskSwapper(
  surroundings: Omit<DiskSwapperContext, "environment" | "program">,
): DiskSwapper {
  const own = ownEnvironment();
  const environment = Object.fromEntries(
    PASSED_ON.flatMap((name) => {
      const value = own[name];
      return value === undefined || value === "" ? [] : [[name, value]];
    }),
  );
  return new DiskSwapper({ ...surroundings, environment, program: ["holdfast"] });
}

const Name = z.object({ zone: z.string(), name: z.string() });
const Order = z.object({
  connection: GceOptions,
  swap: z.object({
    ...{ machine: Name, old: Name, fresh: Name, deviceName: z.string(), readOnly: z.boolean() },
    mount: z.object({ source: z.string(), at: z.string(), type: z.string(), options: z.string() }),
  }) satisfies z.ZodType<DiskSwap>,
});

export async function lookAtHost(deviceName: string): Promise<HostDisk | undefined> {
  return new ProcHostMounts(thisMachine).look(deviceName);
}

/** In a container that was made for it. */
export async function carryOut(
  action: "swap" | "back",
  text: string,
  signal: AbortSignal,
): Promise<DiskSwap> {
  const { connection, swap } = orderIn(text);
  const { GceProvider } = await import("../snapshots/gce/gce-provider.ts");
  const clock = systemClock;
  const cloud = new GceProvider(connection, { clock, random: Math.random, env: ownEnvironment() });
  const context = { cloud, host: new ProcHostMounts(thisMachine), clock, signal };
  await (action === "swap" ? swapForward(swap, context) : swapBack(swap, context));
  return swap;
}

function orderIn(text: string): z.infer<typeof Order> {
  try {
    return Order.parse(JSON.parse(text));
  } catch (error) {
    throw new HoldfastError("usage", {
      ...{ what: "Swapping a disk", why: "the order is none of Holdfast's", cause: error },
      next: "leave this verb to Holdfast itself",
    });
  }
}

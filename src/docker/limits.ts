/** What a container may take at most, in the engine's words. */
import type { HostConfig } from "dockerode";
import type { ContainerLimits } from "../ports/container-runtime.ts";

/** An eighth of what every container has that says nothing; it has all of the processor that nobody else wants. */
export const BACKGROUND = { CpuShares: 128, OomScoreAdj: 1000 };

/** The settings with these limits: of two the smaller one counts, and what would contradict it goes. */
export function limited(
  host: Readonly<Record<string, unknown>>,
  { cpus, memory, yields = false }: ContainerLimits,
): Record<string, unknown> {
  const { NanoCpus, CpuPeriod, CpuQuota, Memory, MemorySwap, MemoryReservation, ...rest } =
    host as HostConfig;
  const ofCpus = cpus === undefined ? undefined : Math.round(cpus * 1e9);
  return {
    ...rest,
    ...(ofCpus === undefined
      ? defined({ NanoCpus, CpuPeriod, CpuQuota })
      : { NanoCpus: Math.min(ofCpus, NanoCpus ?? Infinity, quota(CpuPeriod, CpuQuota)) }),
    ...(memory === undefined
      ? defined({ Memory, MemorySwap, MemoryReservation })
      : { Memory: Math.min(memory, Memory ?? Infinity) }),
    ...(yields ? BACKGROUND : {}),
  };
}

/** The engine's own period is 100 ms. */
function quota(period = 100_000, ofPeriod: number | undefined): number {
  return ofPeriod === undefined || ofPeriod <= 0 ? Infinity : Math.round((ofPeriod / period) * 1e9);
}

function defined(values: Record<string, unknown>): Record<string, unknown> {
  return Object.fromEntries(Object.entries(values).filter(([, value]) => value !== undefined));
}

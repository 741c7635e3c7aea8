/** The containers that look at the machine's disks, and swap them: of our own image, and the only ones that may do anything to the machine itself. */
import type { DiskSwap } from "../../domain/disk-swap.ts";
import type { Container, RequestedMount } from "../../ports/container-runtime.ts";
import type { SettleRequest } from "../../ports/intervention-journal.ts";

/** To look at processes of others, to enter their mount namespace, and to mount and unmount there. */
export const HOST_CAPABILITIES = ["DAC_READ_SEARCH", "SYS_ADMIN", "SYS_CHROOT", "SYS_PTRACE"] as const;

export interface SwapContainer {
  name: string;
  own: Container;
  /** `holdfast` */
  program: readonly string[];
  action: "swap" | "back";
  swap: DiskSwap;
  /** How the cloud is reached; holds no secret. */
  connection: unknown;
  /** The same: of this process. */
  environment: Readonly<Record<string, string>>;
  labels: Readonly<Record<string, string>>;
}

export function swapContainer(of: SwapContainer): SettleRequest {
  const { name, own, program, action, swap, connection, environment, labels } = of;
  return {
    ...{ name, image: own.image, labels, env: environment },
    command: [...program, "host-disk", action, JSON.stringify({ connection, swap })],
    // A file with a key is mounted where the config says it is.
    mounts: own.mounts.flatMap((mount) => readable(mount) ?? []),
    networks: own.networkOf === undefined ? own.networks : [`container:${own.networkOf}`],
    ...{ capabilities: HOST_CAPABILITIES, onHost: true },
  };
}

function readable({
  kind,
  volume,
  source,
  destination,
}: Container["mounts"][number]): RequestedMount | undefined {
  const at = { destination, writable: false };
  if (kind === "bind") return { kind, source, ...at };
  return volume === undefined ? undefined : { kind: "volume", source: volume, ...at };
}

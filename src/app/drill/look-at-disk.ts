/** Has a disk that is attached to this machine looked at by a container of our own image, which may mount it: this process may not. */
import { z } from "zod";
import { HoldfastError } from "../../domain/errors.ts";
import { mountsHolding } from "../one-off/own-mounts.ts";
import type { DiskFindings, DiskOrder, PathCheck } from "./disk-checks.ts";
import { withThrowaway, type Throwaway, type ThrowawayContext } from "./throwaway-container.ts";

export interface DiskLook extends Throwaway {
  /** As the machine sees it: `google-<deviceName>`. */
  deviceName: string;
  checks: readonly PathCheck[];
  /** Directory of the drill. */
  scratch: string;
}

const Findings = z.object({
  problems: z.array(z.string()),
  warnings: z.array(z.string()),
  missing: z.array(z.object({ kind: z.enum(["files", "json", "databases"]), path: z.string() })),
});

/** Where the container sees the machine's devices. */
const DEVICES = "/host-dev";
/** Of what it says. */
const LARGEST_ANSWER = 1024 * 1024;

export async function lookAtDisk(context: ThrowawayContext, look: DiskLook): Promise<DiskFindings> {
  const { runtime } = context;
  const { deviceName, checks, signal } = look;
  const what = `Looking at the disk ${deviceName}`;
  const own = await runtime.ownContainer(signal);
  if (own === undefined) throw nowhere(what);
  const shared = mountsHolding(own.mounts, { visible: [], writable: [look.scratch] });
  const order: DiskOrder = {
    device: `${DEVICES}/disk/by-id/google-${deviceName}`,
    checks,
    scratch: shared.length > 0 ? look.scratch : "/tmp",
  };
  const request = {
    ...{ image: own.image, command: ["holdfast", "check-disk", JSON.stringify(order)] },
    mounts: [{ kind: "bind", source: "/dev", destination: DEVICES, writable: false } as const, ...shared],
    capabilities: ["SYS_ADMIN", "DAC_READ_SEARCH"],
    ...{ mountsDisks: true, keepsNoLog: true },
  };
  let said = "";
  const stdout = {
    write: async (chunk: Uint8Array) =>
      void (said = (said + Buffer.from(chunk).toString()).slice(0, LARGEST_ANSWER)),
  };
  const end = await withThrowaway(context, request, look, (id) => runtime.attach(id, { stdout }, signal));
  if (end.exitCode === 0) return Findings.parse(JSON.parse(said));
  throw new HoldfastError("runtime", {
    what,
    why: end.lastWords.trim() || `its container ended with exit code ${end.exitCode}`,
  });
}

function nowhere(what: string): HoldfastError {
  return new HoldfastError("runtime", {
    what,
    why: "Holdfast runs in no container of this engine, so that there is no image to make one of that may mount it",
    next: "run Holdfast as a service of the stack on that machine, or drill without `attach`",
  });
}

/** Asks over HTTP what only containers of a network can reach: by a container of our own in it. */
import { randomBytes } from "node:crypto";
import { HoldfastError } from "../../domain/errors.ts";
import { SECOND, type Milliseconds } from "../../domain/instant.ts";
import type { Clock } from "../../ports/clock.ts";
import type { ContainerRuntime } from "../../ports/container-runtime.ts";
import { runContainer } from "../interventions/worker-container.ts";
import { within } from "../within.ts";

export interface AskContext {
  runtime: ContainerRuntime;
  clock: Clock;
  /** That Holdfast itself is of. */
  image: string;
  /** Name of a network, or `container:` with an id. */
  network: string;
  labels: Readonly<Record<string, string>>;
  /** Beginning of the container's name. */
  prefix: string;
}

const REMOVAL_LIMIT: Milliseconds = 2 * SECOND;

/** The status of the answer to a GET. Throws `source` without one. */
export async function statusInNetwork(
  { runtime, clock, image, network, labels, prefix }: AskContext,
  url: string,
  signal: AbortSignal,
): Promise<number> {
  const name = `${prefix}-holdfast-ask-${randomBytes(4).toString("hex")}`;
  let said = "";
  const stdout = { write: async (chunk: Uint8Array) => void (said += Buffer.from(chunk).toString()) };
  const request = { name, image, labels, command: ["holdfast", "http-status", url], keepsNoLog: true };
  try {
    const output = { stdout };
    await runContainer(runtime, { ...request, networks: [network] }, { output, signal });
  } finally {
    const what = `Removing container ${name}`;
    await within({ clock, limit: REMOVAL_LIMIT, what }, (until) => runtime.remove(name, until));
  }
  const status = Number(said.trim());
  if (said.trim() !== "" && Number.isInteger(status)) return status;
  const what = `Calling ${new URL(url).host}`;
  throw new HoldfastError("source", { what, why: "there was no answer", transient: true });
}

/** The engine's events, as "something changed": what it is, is asked for anew. */
import type { Readable } from "node:stream";
import type Docker from "dockerode";
import { HoldfastError } from "../domain/errors.ts";
import type { Ask } from "./ask.ts";
import { COMPOSE } from "./container-facts.ts";

interface WatchRequest {
  project: string;
  onChange: () => void;
  signal: AbortSignal;
}

/** Health checks run by exec each few seconds and change nothing that is asked about. */
const CHANGES = ["create", "start", "stop", "die", "pause", "unpause", "destroy", "rename", "update"];

/** Resolves when the signal fires; an end of the events that nobody asked for is an error. */
export async function watchContainers(
  ask: Ask,
  docker: Docker,
  { project, onChange, signal }: WatchRequest,
): Promise<void> {
  const events = (await ask("events", (abortSignal) =>
    docker.getEvents({
      filters: { type: ["container"], event: CHANGES, label: [`${COMPOSE.project}=${project}`] },
      abortSignal,
    }),
  )) as Readable;
  const hangUp = () => events.destroy();
  signal.addEventListener("abort", hangUp, { once: true });
  try {
    for await (const _ of events) onChange();
  } catch (error) {
    if (!signal.aborted) throw ended(error);
  } finally {
    signal.removeEventListener("abort", hangUp);
    events.destroy();
  }
  if (!signal.aborted) throw ended(undefined);
}

function ended(cause: unknown): HoldfastError {
  return new HoldfastError("runtime", {
    what: "Watching the containers",
    why: "the engine ended the connection",
    next: "check that it runs",
    transient: true,
    ...(cause === undefined ? {} : { cause }),
  });
}

/**
 * Opens the way to the engine and settles which version of its API is spoken. The client is loaded here, when something
 * first needs it: it costs a daemon without containers to care for 36 MB.
 */
import { access } from "node:fs/promises";
import type Docker from "dockerode";
import { HoldfastError } from "../domain/errors.ts";
import type { EngineFacts } from "../ports/container-runtime.ts";
import { asking, type Ask } from "./ask.ts";
import type { EngineAddress } from "./engine-address.ts";

/** The newest version of the API that this adapter was tried with. */
const NEWEST_KNOWN = "1.51";
/** Engine 20.10. */
const OLDEST_KNOWN = "1.41";

export interface Connection {
  docker: Docker;
  facts: EngineFacts;
}

export async function connect(
  address: EngineAddress,
  shown: string,
  signal: AbortSignal,
): Promise<Connection> {
  const ask = asking("Asking the container engine its version", shown, signal);
  // Most stacks give no socket, and that can be told without the client.
  if (address.kind === "socket") await ask("version", () => access(address.path));
  const { default: Client } = await import("dockerode");
  const options = optionsOf(address);
  const versions = await askVersions(new Client(options), ask);
  const apiVersion = negotiate(versions);
  return {
    docker: new Client({ ...options, version: `v${apiVersion}` }),
    facts: { version: versions.engine, apiVersion },
  };
}

function optionsOf(address: EngineAddress): Docker.DockerOptions {
  if (address.kind === "socket") return { socketPath: address.path };
  const { host, port, secure } = address;
  return { host, port, protocol: secure ? "https" : "http" };
}

interface Versions {
  engine: string;
  newest: string;
  oldest: string;
}

async function askVersions(docker: Docker, ask: Ask): Promise<Versions> {
  const said = await ask("version", () => docker.version());
  return { engine: said.Version, newest: said.ApiVersion, oldest: said.MinAPIVersion };
}

/** The newest that both know. */
export function negotiate({ engine, newest, oldest }: Versions): string {
  if (isOlder(newest, OLDEST_KNOWN)) {
    throw unsupported(
      engine,
      `it speaks API ${newest} at most, and ${OLDEST_KNOWN} is needed`,
      "update it to 20.10 or later",
    );
  }
  const spoken = isOlder(newest, NEWEST_KNOWN) ? newest : NEWEST_KNOWN;
  if (isOlder(spoken, oldest)) {
    throw unsupported(
      engine,
      `it wants API ${oldest} or later, and this version knows ${NEWEST_KNOWN}`,
      "update Holdfast",
    );
  }
  return spoken;
}

function unsupported(engine: string, why: string, next: string): HoldfastError {
  return new HoldfastError("unsupported", { what: `Speaking with container engine ${engine}`, why, next });
}

function isOlder(one: string, other: string): boolean {
  const [major = 0, minor = 0] = one.split(".").map(Number);
  const [otherMajor = 0, otherMinor = 0] = other.split(".").map(Number);
  return major < otherMajor || (major === otherMajor && minor < otherMinor);
}

/** Where the engine is: `DOCKER_HOST` in the forms that the docker command takes. */
import { HoldfastError } from "../domain/errors.ts";

export type EngineAddress =
  { kind: "socket"; path: string } | { kind: "tcp"; host: string; port: number; secure: boolean };

export const DEFAULT_ENGINE = "unix:///var/run/docker.sock";

const PORTS = { plain: 2375, secure: 2376 };

/** Throws `usage` for what is no address of an engine. */
export function parseEngineAddress(text: string): EngineAddress {
  const socket = /^unix:\/\/(\/.+)$/.exec(text)?.[1];
  if (socket !== undefined) return { kind: "socket", path: socket };
  const url = URL.canParse(text) ? new URL(text) : undefined;
  if (url === undefined || !/^(tcp|https?):$/.test(url.protocol) || url.hostname === "") {
    throw new HoldfastError("usage", {
      what: "Reading the address of the container engine",
      why: `${JSON.stringify(text)} is none`,
      next: `set DOCKER_HOST to an address such as ${DEFAULT_ENGINE} or tcp://socket-proxy:2375`,
    });
  }
  const secure = url.protocol === "https:";
  const port = url.port === "" ? (secure ? PORTS.secure : PORTS.plain) : Number(url.port);
  return { kind: "tcp", host: url.hostname.replace(/^\[|\]$/g, ""), port, secure };
}

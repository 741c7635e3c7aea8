/**
 * A bridge for the containers of one engine. Engines that share `docker0` take its rules from one another, and one that is
 * started with `--bridge=none` deletes it, whoever uses it.
 */
import { randomBytes, randomInt } from "node:crypto";
import { must } from "./command.ts";

export interface OwnBridge {
  /** For `dockerd --bridge`, which then leaves its making and its end to us. */
  name: string;
  remove(): Promise<void>;
}

export const IP = "/usr/sbin/ip";

export async function makeBridge(): Promise<OwnBridge> {
  // The kernel takes up to 15 characters.
  const name = `lab-${randomBytes(4).toString("hex")}`;
  await must(IP, ["link", "add", name, "type", "bridge"]);
  await must(IP, ["address", "add", `10.${randomInt(200, 250)}.${randomInt(256)}.1/24`, "dev", name]);
  await must(IP, ["link", "set", name, "up"]);
  return { name, remove: async () => void (await must(IP, ["link", "delete", name])) };
}

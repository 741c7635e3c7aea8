/** What the user of a remote should know of how it is set up. */
import type { ConnectionOptions } from "./connection.ts";
import type { Remote } from "./remote.ts";

/** Sentences with what to do; none where all is well. */
export async function inspectRemote(
  remote: Remote,
  { remote: address, options, environment }: Pick<ConnectionOptions, "remote" | "options" | "environment">,
): Promise<string[]> {
  const name = /^([^:/]+):/.exec(address)?.[1];
  if (name === undefined) return [];
  const file = await remote.configOf(name);
  const optionOf = (option: string) =>
    environment[`RCLONE_CONFIG_${name.toUpperCase()}_${option.toUpperCase()}`] ?? file[option];
  const knowsHosts =
    optionOf("known_hosts_file") ??
    options["sftp-known-hosts-file"] ??
    environment["RCLONE_SFTP_KNOWN_HOSTS_FILE"];
  if (optionOf("type") !== "sftp" || knowsHosts !== undefined) return [];
  return [
    `The host key of the SFTP server is not checked, so whoever stands in between can read and change what is sent: set known_hosts_file for the remote ${name} in rclone's config.`,
  ];
}

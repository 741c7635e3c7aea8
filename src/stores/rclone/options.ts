/** Options of a store of kind `rclone`: whatever the program rclone speaks to. */
import { z } from "zod";

/** Where the image expects it; the only one that may be missing, since remotes can be given by the environment alone. */
export const DEFAULT_CONFIG_FILE = "/etc/holdfast/rclone.conf";

/** Options of rclone's that would hide objects, change what is done to them, or meddle with how it is driven. */
const MEDDLING = new RegExp(
  `^(${[
    "rc|rc-.*|config|config-.*|password-command|ask-password|dry-run|interactive|disable",
    "(include|exclude|filter|files-from|metadata)(-.*)?|delete-excluded|hash-filter|cutoff-mode|order-by",
    "(min|max)-(age|size|depth|transfer|duration|backlog|delete.*)|ignore-.*|size-only|checksum|update|immutable",
    "backup-dir|suffix.*|compare-dest|copy-dest|name-transform|no-check-dest|no-update.*|inplace|partial-suffix",
    "sftp-set-modtime|local-no-set-modtime|use-server-modtime",
    "log-.*|use-json-log|verbose|quiet|progress.*|stats.*|dump.*",
  ].join("|")})$`,
);

/** The arguments of a process can be seen by others. */
const SECRET =
  /(^|-)(pass|password|secret|token|sas-url|account-key|access-key|bearer-token|api-key)(-\d+)?$|^b2-key$/;

export function isMeddling(option: string): boolean {
  return MEDDLING.test(option);
}

const OptionName = z
  .string()
  .regex(/^[a-z][a-z0-9-]*$/)
  .refine((name) => !isMeddling(name) && !SECRET.test(name))
  .meta({
    expected: "a long option of rclone's without its dashes, none that hides objects or holds a secret",
  });

export const RcloneStoreOptions = z.strictObject({
  kind: z.literal("rclone"),
  /** Options in it (`:sftp,pass=…:`) would be shown with the config. */
  remote: z
    .string()
    .regex(/^(:?[\w.+@ -]+:|\/)[^\0\r\n]*$/)
    .refine((remote) => !remote.startsWith("-"))
    .meta({ expected: "a remote of rclone's such as sftp:backups" }),
  configFile: z
    .string()
    .startsWith("/")
    .meta({ expected: "an absolute path such as /etc/holdfast/rclone.conf" })
    .default(DEFAULT_CONFIG_FILE),
  binary: z.string().min(1).meta({ expected: "the name or path of a program" }).default("rclone"),
  options: z
    .record(OptionName, z.union([z.string(), z.number(), z.boolean()]))
    .meta({ expected: "a map of options of rclone's" })
    .default({}),
});

export type RcloneStoreOptions = z.infer<typeof RcloneStoreOptions>;

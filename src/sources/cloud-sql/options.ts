/** What a `kind: cloud-sql` source is configured with: an instance whose managed backups are made or watched. */
import { z } from "zod";
import { Flag } from "../database-options.ts";

export const CloudSqlOptions = z.strictObject({
  kind: z.literal("cloud-sql"),
  project: z
    .string()
    .regex(/^[a-z0-9][a-z0-9.:-]*$/)
    .meta({ expected: "the id of a project" }),
  instance: z
    .string()
    .regex(/^[a-z][a-z0-9-]{0,97}$/)
    .meta({ expected: "the name of an instance, without the project" }),
  location: z
    .string()
    .regex(/^[a-z][a-z0-9-]*$/)
    .meta({ expected: "a region or multi-region such as eu" })
    .optional(),
  observe: Flag.default(false),
  /** Without it: what the environment provides (application default credentials, the service account of the machine). */
  keyFile: z
    .string()
    .startsWith("/")
    .meta({ expected: "the absolute path of a JSON file with credentials" })
    .optional(),
  /** Of http:// nothing is asked who we are: a stand-in. */
  endpoint: z
    .url({ protocol: /^https?$/ })
    .refine((address) => URL.parse(address)?.pathname === "/")
    .meta({ expected: "an https:// address without a path, or http:// of a stand-in" })
    .optional(),
});
export type CloudSqlOptions = z.infer<typeof CloudSqlOptions>;

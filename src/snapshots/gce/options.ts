/** What every job with disks of Google Cloud says of the cloud: the project, and who we are in it. */
import { z } from "zod";

export const GceOptions = z.strictObject({
  /** Without it: that of the machine this runs on. */
  project: z
    .string()
    .regex(/^[a-z0-9][a-z0-9.:-]*$/)
    .meta({ expected: "the id of a project" })
    .optional(),
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

export type GceOptions = z.infer<typeof GceOptions>;

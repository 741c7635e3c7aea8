/** What a `kind: cloud-sql` source is configured with: an instance whose managed backups are made or watched. */
import { z } from "zod";
import { GoogleEndpoint, GoogleKeyFile, GoogleProject } from "../../remote/google-options.ts";
import { Flag } from "../database-options.ts";

export const CloudSqlOptions = z.strictObject({
  kind: z.literal("cloud-sql"),
  project: GoogleProject,
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
  keyFile: GoogleKeyFile.optional(),
  endpoint: GoogleEndpoint.optional(),
});
export type CloudSqlOptions = z.infer<typeof CloudSqlOptions>;

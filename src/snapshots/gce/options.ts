/** What every job with disks of Google Cloud says of the cloud: the project, and who we are in it. */
import { z } from "zod";
import { GoogleEndpoint, GoogleKeyFile, GoogleProject } from "../../remote/google-options.ts";

export const GceOptions = z.strictObject({
  /** Without it: that of the machine this runs on. */
  project: GoogleProject.optional(),
  keyFile: GoogleKeyFile.optional(),
  endpoint: GoogleEndpoint.optional(),
});

export type GceOptions = z.infer<typeof GceOptions>;

/** What a `kind: teams` channel is configured with. The address is the credential, so it is a secret. */
import { z } from "zod";

export const TeamsOptions = z.strictObject({
  kind: z.literal("teams"),
  url: z
    .url({ protocol: /^https?$/ })
    .meta({ secret: "url", expected: "the https:// address of a workflow that posts to Teams" }),
});
export type TeamsOptions = z.infer<typeof TeamsOptions>;

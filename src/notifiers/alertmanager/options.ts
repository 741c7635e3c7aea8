/** What a `kind: alertmanager` channel is configured with. */
import { z } from "zod";

export const AlertmanagerOptions = z.strictObject({
  kind: z.literal("alertmanager"),
  url: z
    .url({ protocol: /^https?$/ })
    .meta({ secret: "url", expected: "the address of an Alertmanager such as http://alertmanager:9093" }),
  token: z.string().min(8).meta({ secret: "value", expected: "a bearer token" }).optional(),
  labels: z
    .record(z.string().regex(/^[a-zA-Z_][a-zA-Z0-9_]*$/), z.string().min(1))
    .meta({ expected: "a map of labels to text" })
    .default({}),
});
export type AlertmanagerOptions = z.infer<typeof AlertmanagerOptions>;

/** What a `kind: ntfy` channel is configured with. Whoever knows the topic reads it, so it is a secret. */
import { z } from "zod";

export const NtfyOptions = z.strictObject({
  kind: z.literal("ntfy"),
  topic: z
    .string()
    .regex(/^[-_A-Za-z0-9]{1,64}$/)
    .meta({ secret: "value", expected: "a topic of up to 64 letters, digits, _ and -" }),
  url: z
    .url({ protocol: /^https?$/ })
    .meta({ secret: "url", expected: "the address of an ntfy server" })
    .default("https://ntfy.sh"),
  token: z.string().min(8).meta({ secret: "value", expected: "an access token such as tk_…" }).optional(),
  tags: z
    .array(z.string().regex(/^[^,\s]{1,64}$/))
    .max(10)
    .meta({ expected: "a list of up to 10 tags" })
    .default([]),
});
export type NtfyOptions = z.infer<typeof NtfyOptions>;

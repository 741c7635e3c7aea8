/** What a `kind: gotify` channel is configured with. */
import { z } from "zod";

export const GotifyOptions = z.strictObject({
  kind: z.literal("gotify"),
  url: z.url({ protocol: /^https?$/ }).meta({ secret: "url", expected: "the address of a Gotify server" }),
  token: z.string().min(8).meta({ secret: "value", expected: "the token of an application" }),
});
export type GotifyOptions = z.infer<typeof GotifyOptions>;

/** What a `kind: email` channel is configured with. */
import { z } from "zod";

const Address = z
  .string()
  .regex(/^[^\s@<>",;:]+@[^\s@<>",;:]+$/)
  .meta({ expected: "an e-mail address" });

export const EmailOptions = z
  .strictObject({
    kind: z.literal("email"),
    host: z
      .string()
      .regex(/^[^\s/:]+$|^\[?[0-9a-fA-F:]+\]?$/)
      .meta({ expected: "the name of an SMTP server" }),
    port: z
      .union([z.string().regex(/^\d{1,5}$/), z.int()])
      .transform(Number)
      .refine((port) => port > 0 && port < 65_536)
      .meta({ expected: "a port from 1 to 65535" })
      .optional(),
    /** `tls` from the start (465), `starttls` or nothing (587), `none`: in the clear (25). */
    security: z
      .enum(["starttls", "tls", "none"])
      .meta({ expected: "starttls, tls or none" })
      .default("starttls"),
    /** Certificates that are trusted beside those of the system. */
    caFile: z
      .string()
      .startsWith("/")
      .meta({ expected: "the absolute path of a file of PEM certificates" })
      .optional(),
    user: z.string().min(1).meta({ expected: "the name to log in with" }).optional(),
    password: z.string().min(1).meta({ secret: "value", expected: "text" }).optional(),
    from: Address,
    to: z.array(Address).min(1).max(50).meta({ expected: "a list of one or more e-mail addresses" }),
  })
  .refine(({ user, password }) => (user === undefined) === (password === undefined))
  .meta({ expected: "user and password together, or neither" });
export type EmailOptions = z.infer<typeof EmailOptions>;

/** What every source that is a dump of a server can be told. */
import { z } from "zod";
import { Flag } from "./database-options.ts";

const Service = z.string().min(1).meta({ expected: "the name of a Compose service" });

/** Stopped while it is restored in place, beside those that depend on it. */
export const StopForRestore = z.array(Service).meta({ expected: "a list of Compose services" }).default([]);

/** Keys of every server of which dumps are taken, and to which they are given back. */
export const OfEveryServer = {
  service: Service,
  /** In the container. */
  runAs: z.string().min(1).meta({ expected: "a user of the container, such as postgres" }).optional(),
  user: z.string().min(1).meta({ expected: "a user of the server" }).optional(),
  password: z.string().min(1).meta({ secret: "value", expected: "text" }).optional(),
  options: z
    .array(z.string().min(1).meta({ expected: "an option of the tool" }))
    .meta({ expected: "a list of options of the tool" })
    .default([]),
  allowEmpty: Flag.default(false),
  stopForRestore: StopForRestore,
};

/** As a list, or as text for sh. */
export const CommandLine = z
  .union([
    z
      .string()
      .min(1)
      .transform((text) => ["sh", "-c", text]),
    z.array(z.string()).min(1),
  ])
  .meta({ expected: "a command as a list, or as text for sh" });

/** Variables of a command, which may hold secrets. */
export const SecretVariables = z
  .record(z.string().regex(/^[^=\0]+$/), z.string().meta({ secret: "value" }))
  .meta({ secret: "value", expected: "a map of variables to text" })
  .default({});

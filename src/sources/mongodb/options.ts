/** What a `kind: mongodb` source is configured with: a MongoDB server in the stack, or one database of it. */
import { z } from "zod";
import { OfEveryServer } from "../dump-options.ts";

export const MongodbOptions = z
  .strictObject({
    kind: z.literal("mongodb"),
    ...OfEveryServer,
    database: z.string().min(1).meta({ expected: "the name of a database" }).optional(),
    authenticationDatabase: z.string().min(1).meta({ expected: "the name of a database" }).default("admin"),
    oplog: z
      .union([z.literal("auto"), z.boolean()])
      .meta({ expected: "auto, true or false" })
      .default("auto"),
  })
  .refine(({ database, oplog }) => database === undefined || oplog !== true, {
    path: ["oplog"],
    message: "the oplog is of all databases of a server, not of one",
  });
export type MongodbOptions = z.infer<typeof MongodbOptions>;

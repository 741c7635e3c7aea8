/** What a `kind: mysql` source is configured with: which databases of a MySQL or MariaDB server in the stack. */
import { z } from "zod";
import { Flag } from "../database-options.ts";
import { OfEveryServer } from "../dump-options.ts";

export const MysqlOptions = z
  .strictObject({
    kind: z.literal("mysql"),
    ...OfEveryServer,
    database: z.string().min(1).meta({ expected: "the name of a database" }).optional(),
    all: Flag.default(false),
    accounts: Flag.default(true),
  })
  .refine(({ database, all }) => !(all && database !== undefined), {
    path: ["database"],
    message: "a source has one database, or `all: true`, not both",
  });
export type MysqlOptions = z.infer<typeof MysqlOptions>;

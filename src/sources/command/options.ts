/** What a `kind: command` source is configured with: a command in a service or in a container of its own, whose output is the dump. */
import { z } from "zod";
import { parseSize, SIZE_FORMS } from "../../domain/size.ts";
import { Flag } from "../database-options.ts";
import { CommandLine, SecretVariables, StopForRestore } from "../dump-options.ts";

const Text = (expected: string) => z.string().min(1).meta({ expected });

export const CommandOptions = z
  .strictObject({
    kind: z.literal("command"),
    service: Text("the name of a Compose service").optional(),
    image: Text("an image that the engine has").optional(),
    networks: z.array(Text("a network")).meta({ expected: "a list of networks" }).optional(),
    runAs: Text("a user of the container").optional(),
    command: CommandLine,
    env: SecretVariables,
    restoreCommand: CommandLine.optional(),
    extension: z
      .string()
      .regex(/^[a-z0-9]+(\.[a-z0-9]+)*$/)
      .meta({ expected: "what the dump's file name ends in, such as sql" })
      .default("dump"),
    endMarker: Text("text that a whole dump ends with").optional(),
    minSize: z
      .union([z.string(), z.number()])
      .transform(String)
      .refine((text) => parseSize(text) !== undefined)
      .meta({ expected: `a size such as ${SIZE_FORMS}` })
      .optional(),
    allowEmpty: Flag.default(false),
    stopForRestore: StopForRestore,
  })
  .refine(({ service, image }) => service !== undefined || image !== undefined, {
    path: ["service"],
    message: "or `image` with the name of one",
  })
  .refine(({ service, image }) => service === undefined || image === undefined, {
    path: ["image"],
    message: "a command runs in a service or in a container of an image, not both",
  })
  .refine(({ networks, image }) => networks === undefined || image !== undefined, {
    path: ["networks"],
    message: "a service has its own networks",
  })
  .refine(({ runAs, image }) => runAs === undefined || image === undefined, {
    path: ["runAs"],
    message: "a container of its own runs as root without capabilities",
  })
  .refine(({ restoreCommand, image }) => restoreCommand === undefined || image === undefined, {
    path: ["restoreCommand"],
    message: "a dump can be given back to a service only: restore it with --to",
  });
export type CommandOptions = z.infer<typeof CommandOptions>;

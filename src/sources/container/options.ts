/** What a `kind: container` source is configured with: a directory of a service's container, and globs of what to take and leave in it. */
import { z } from "zod";

const Globs = z.array(
  z.string().min(1).meta({ expected: "a glob relative to the source's path, such as logs/**" }),
);

export const ContainerOptions = z.strictObject({
  kind: z.literal("container"),
  service: z.string().min(1).meta({ expected: "the name of a Compose service" }),
  path: z
    .string()
    .regex(/^\/[^\0]*$/)
    .meta({ expected: "an absolute path in the container, such as /var/lib/app" }),
  include: Globs.meta({ expected: "a list of globs" }).optional(),
  exclude: Globs.meta({ expected: "a list of globs" }).optional(),
});
export type ContainerOptions = z.infer<typeof ContainerOptions>;

/** What a `kind: volume` source is configured with: a directory or a named volume, and globs of what to take and leave in it. */
import { z } from "zod";
import { DURATION_FORMS, parseDuration } from "../../domain/duration.ts";
import { EmbeddedDatabases, Flag } from "../database-options.ts";

const Globs = z.array(
  z.string().min(1).meta({ expected: "a glob relative to the source's path, such as logs/**" }),
);

export const VolumeOptions = z
  .strictObject({
    kind: z.literal("volume"),
    path: z
      .string()
      .regex(/^\/[^\0]*$/)
      .meta({ expected: "an absolute path such as /source/data" })
      .optional(),
    volume: z
      .string()
      .regex(/^[a-zA-Z0-9][a-zA-Z0-9_.-]*$/)
      .meta({ expected: "the name of a volume, such as app_data" })
      .optional(),
    include: Globs.meta({ expected: "a list of globs" }).optional(),
    exclude: Globs.meta({ expected: "a list of globs" }).optional(),
    oneFileSystem: Flag.optional(),
    /** As it was written. */
    modifiedWithin: z
      .string()
      .refine((text) => (parseDuration(text.trim()) ?? 0) > 0)
      .meta({ expected: `a duration above zero such as ${DURATION_FORMS}` })
      .optional(),
    embeddedDatabases: EmbeddedDatabases.optional(),
  })
  .refine(({ path, volume }) => path !== undefined || volume !== undefined, {
    path: ["path"],
    message: "or `volume` with the name of one",
  })
  .refine(({ path, volume }) => path === undefined || volume === undefined, {
    path: ["volume"],
    message: "a source has a path or a volume, not both",
  });
export type VolumeOptions = z.infer<typeof VolumeOptions>;

/** Of a directory of this container. */
export type DirectoryOptions = Omit<VolumeOptions, "path" | "volume"> & { path: string };

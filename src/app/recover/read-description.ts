/** What a point of the config job tells of its stack: as little trusted as anything that a store gives. */
import { z } from "zod";
import { HoldfastError } from "../../domain/errors.ts";
import type { StackDescription } from "../../domain/stack-facts.ts";

const Copied = z.object({
  path: z.string(),
  copy: z
    .string()
    .regex(/^[\w./-]+$/)
    .optional(),
});

const Description = z.object({
  format: z.literal(1),
  stack: z.string(),
  project: z.string().regex(/^[a-z0-9][a-z0-9_-]*$/),
  service: z
    .string()
    .regex(/^[\w.-]+$/)
    .optional(),
  workingDirectory: z.string().optional(),
  composeFiles: z.array(Copied),
  configFile: Copied.extend({ onHost: z.string().optional() }).optional(),
  secrets: z.array(z.object({ kind: z.enum(["variable", "file"]), name: z.string(), for: z.string() })),
  jobs: z.array(
    z.object({
      ...{ job: z.string(), kind: z.string(), volume: z.string().optional() },
      ...{ below: z.string().optional(), path: z.string().optional() },
    }),
  ),
  volumes: z.array(z.object({ name: z.string(), key: z.string().optional(), driver: z.string() })),
}) satisfies z.ZodType<StackDescription>;

/** Throws `damaged`, or `unsupported` for what a newer version wrote. */
export function readDescription(text: string): StackDescription {
  const what = "Reading what the backup tells of the stack";
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (cause) {
    throw new HoldfastError("damaged", { what, why: "it is no JSON", cause });
  }
  const read = Description.safeParse(value);
  if (read.success) return read.data;
  const { format } = (value ?? {}) as { format?: unknown };
  if (typeof format === "number" && format > 1)
    throw new HoldfastError("unsupported", { what, why: "a newer Holdfast wrote it", next: "use that one" });
  throw new HoldfastError("damaged", { what, why: "it is not what was written there", cause: read.error });
}

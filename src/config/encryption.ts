/** How the points of the stack are encrypted. What is secret is named by its file, and read only when it is needed. */
import { z } from "zod";
import { AbsolutePath, AgeRecipient } from "./values.ts";

const AgeOptions = z
  .strictObject({
    recipients: z.array(AgeRecipient).min(1).meta({ expected: "a list of age recipients" }).optional(),
    recipientsFile: AbsolutePath.optional(),
    passphraseFile: AbsolutePath.optional(),
    identityFile: AbsolutePath.optional(),
  })
  .refine(
    ({ recipients, recipientsFile, passphraseFile }) =>
      (passphraseFile === undefined) !== (recipients === undefined && recipientsFile === undefined),
  )
  .meta({ expected: "recipients, a recipientsFile, or a passphraseFile, which goes with neither" });

const GpgOptions = z
  .strictObject({
    publicKeyFile: AbsolutePath.optional(),
    passphraseFile: AbsolutePath.optional(),
    identityFile: AbsolutePath.optional(),
  })
  .refine(({ publicKeyFile, passphraseFile }) => publicKeyFile !== undefined || passphraseFile !== undefined)
  .meta({ expected: "a publicKeyFile or a passphraseFile" });

export const EncryptionOptions = z
  .strictObject({ age: AgeOptions.optional(), gpg: GpgOptions.optional() })
  .refine(({ age, gpg }) => (age === undefined) !== (gpg === undefined))
  .meta({ expected: "a map with age or with gpg" });
export type EncryptionOptions = z.infer<typeof EncryptionOptions>;

/** Of a job: its points are not encrypted. */
export const NoEncryption = z
  .union([z.literal("off"), z.literal(false).transform(() => "off" as const)])
  .meta({ expected: "off" });

/** What an encrypted object that cannot be decrypted is said to be. */
import { HoldfastError } from "../domain/errors.ts";

/** Its bytes are not those that were encrypted. */
export function notAsSealed(object: string, why: string, cause?: unknown): HoldfastError {
  return new HoldfastError("damaged", {
    what: `Decrypting ${object}`,
    why,
    next: "verify the job's recovery points and restore from an undamaged one",
    cause,
  });
}

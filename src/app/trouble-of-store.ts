/** Whether what failed may go well with another store's copy of the same point. */
import { HoldfastError } from "../domain/errors.ts";

const CODES = ["damaged", "store", "not-found", "timeout"];

export function isTroubleOfTheStore(error: unknown): boolean {
  return error instanceof HoldfastError && CODES.includes(error.code);
}

/** Why one try to capture a database came to nothing; whether there is another try is for the caller to say. */
import { HoldfastError, asError, cancellation, messageOf } from "../../domain/errors.ts";

/**
 * - `busy`: it is written to, or in a state that must not be taken.
 * - `gone`: there is no such file.
 * - `not-a-database`: what is there, is no database of its kind, or none yet.
 */
export type Obstacle = "busy" | "gone" | "not-a-database";

export class CannotCapture extends Error {
  readonly obstacle: Obstacle;

  /** `why` is a clause. */
  constructor(obstacle: Obstacle, why: string) {
    super(why);
    this.name = "CannotCapture";
    this.obstacle = obstacle;
  }
}

/** Of anything that was thrown, the error that a user can be shown. */
export function captureError(thrown: unknown, what: string, signal: AbortSignal): Error {
  if (thrown instanceof CannotCapture) return obstacleError(thrown, what);
  if (thrown instanceof HoldfastError) return thrown;
  if (signal.aborted) return cancellation(signal, what);
  return new HoldfastError("source", { what, why: messageOf(thrown), cause: asError(thrown) });
}

function obstacleError({ obstacle, message }: CannotCapture, what: string): HoldfastError {
  switch (obstacle) {
    case "gone":
      return new HoldfastError("not-found", { what, why: message, transient: true });
    case "not-a-database":
      return new HoldfastError("source", {
        ...{ what, why: message, transient: true },
        next: "exclude it if it is no database, or try again when the program that makes it is done",
      });
    case "busy":
      return new HoldfastError("source", { what, why: message, transient: true });
  }
}

/** An error as one Holdfast tells it to another. */
import { HoldfastError, type ErrorCode, type ErrorFacts } from "../../../domain/errors.ts";

export interface ToldError {
  code: ErrorCode;
  facts: ErrorFacts;
}

/** `doing`: what was attempted when it was none of ours. */
export function toldError(error: Error, doing: string): ToldError {
  if (!(error instanceof HoldfastError)) {
    return { code: "internal", facts: { what: doing, why: error.message } };
  }
  const { what, why, next, transient } = error.facts;
  return {
    code: error.code,
    facts: {
      ...{ what, why },
      ...(next === undefined ? {} : { next }),
      ...(transient === undefined ? {} : { transient }),
    },
  };
}

/** One thing that is wrong with a stored point. */
export interface VerifyProblem {
  /** Name of the stored object. */
  object: string;
  /** The entry it is about, where it is about one. */
  path?: string;
  /** The part of the decoded archive that cannot be trusted, where it is about one. */
  range?: { start: number; end: number };
  /** One sentence. */
  message: string;
}

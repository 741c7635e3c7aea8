/** One thing that is wrong with a stored point. */
export interface VerifyProblem {
  /** Name of the stored object. */
  object: string;
  /** The entry it is about, where it is about one. */
  path?: string;
  /** One sentence. */
  message: string;
}

/** Runs that are about the whole stack stand in the history under this name, which no job of a config can have. */
export const STACK_JOB = "_stack";

/** The alerts that the story waits for, by their titles. */
import { JOB } from "./config.ts";

export const STALE = new RegExp(`^Backup of ${JOB} is stale`);
export const RUN_FAILED = new RegExp(`^The last backup of ${JOB} failed`);

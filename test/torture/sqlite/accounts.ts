/** What the writer writes, and every state of its database keeps. */
export const ACCOUNTS = 100;
export const START = 1000;
export const SUM = ACCOUNTS * START;

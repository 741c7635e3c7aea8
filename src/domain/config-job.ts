/** The job of the stack itself: its config and its Compose files, which no config names. */

/** No job of a config can be called so: their names begin with a letter or a digit. */
export const CONFIG_JOB = "_config";

/** Of its points: tells one content from another, so that an unchanged one is not stored again and again. */
export const CONTENT_DIGEST = "contentDigest";

/** Whether two stores mean the same by one id. */
import type { CommitRecord } from "./recovery-point.ts";

/** The same for two records exactly when their objects are the same bytes and they need the same points. */
export function contentOf({ objects, needs }: CommitRecord): string {
  return JSON.stringify([objects.map(({ name, sha256 }) => [name, sha256]), needs]);
}

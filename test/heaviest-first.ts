/** The order of the test files: the longest begin first, so that none of them is what everything else waits for at the end. */
import { BaseSequencer, type TestSpecification } from "vitest/node";

/** From the longest on: engines and their containers, kills, processes, servers; then what is only called. */
const KINDS = ["/test/e2e/lab/", "/test/torture/", "/src/stores/rclone/", "/test/e2e/", "/src/stores/"];

export class HeaviestFirst extends BaseSequencer {
  override async sort(files: TestSpecification[]): Promise<TestSpecification[]> {
    const sorted = await super.sort(files);
    return sorted.toSorted((a, b) => rankOf(a) - rankOf(b));
  }
}

function rankOf({ moduleId }: TestSpecification): number {
  const rank = KINDS.findIndex((kind) => moduleId.includes(kind));
  return rank === -1 ? KINDS.length : rank;
}

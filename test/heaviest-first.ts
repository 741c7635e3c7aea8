/**
 * The order of the test files: the longest begin first, so that none of them is what everything else waits for at the end; those that
 * mostly wait for an engine alternate with those that compute; units are last and in one row, because they share processes.
 */
import { BaseSequencer, type TestSpecification } from "vitest/node";

/** From the longest on: engines and their containers, kills, processes, servers; then what is only called. */
const KINDS = [
  ...["lab/example-stack", "lab/duckdb", "lab/postgres", "lab/databases", "lab/restore-", "lab/"],
  ...["e2e/dead-server", "rclone/rclone-sftp-faults", "/torture/", "/rclone/", "/e2e/", "/stores/"],
];

export class HeaviestFirst extends BaseSequencer {
  override async sort(files: TestSpecification[]): Promise<TestSpecification[]> {
    const sorted = (await super.sort(files)).toSorted((a, b) => rankOf(a) - rankOf(b));
    const of = (project: string) => sorted.filter((file) => file.project.name === project);
    return [...alternating(of("lab"), of("tests")), ...of("units")];
  }
}

function rankOf({ moduleId }: TestSpecification): number {
  const rank = KINDS.findIndex((kind) => moduleId.includes(kind));
  return rank === -1 ? KINDS.length : rank;
}

function alternating<T>(some: readonly T[], others: readonly T[]): T[] {
  const pairs = some.map((one, at) => [one, ...others.slice(at, at + 1)]);
  return [...pairs.flat(), ...others.slice(some.length)];
}

import { availableParallelism } from "node:os";
import { fileURLToPath } from "node:url";
import { defineConfig } from "vitest/config";
import { HeaviestFirst } from "./test/heaviest-first.ts";

const LAB = "test/e2e/lab/**/*.test.ts";

// What tests start as processes of their own is stripped and compiled once: from then on each starts in a third of the time.
process.env["NODE_COMPILE_CACHE"] ??= fileURLToPath(new URL("node_modules/.cache/tests", import.meta.url));

export default defineConfig({
  test: {
    // The default leaves one core free. The end-to-end tests mostly wait for their children and for containers, so one more is at work.
    maxWorkers: availableParallelism() + 1,
    sequence: { sequencer: HeaviestFirst },
    projects: [
      {
        test: {
          name: "tests",
          include: ["src/**/*.test.ts", "test/**/*.test.ts", "bench/**/*.test.ts"],
          exclude: [LAB],
          testTimeout: 60_000,
          hookTimeout: 60_000,
          setupFiles: ["test/setup.ts"],
        },
      },
      {
        test: {
          // Against a real Docker Engine, which is made before the first of them.
          name: "lab",
          include: [LAB],
          testTimeout: 180_000,
          hookTimeout: 180_000,
          setupFiles: ["test/setup.ts"],
          globalSetup: ["test/e2e/lab/setup.ts"],
        },
      },
    ],
  },
});

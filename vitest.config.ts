import { availableParallelism } from "node:os";
import { fileURLToPath } from "node:url";
import { defineConfig } from "vitest/config";
import { HeaviestFirst } from "./test/heaviest-first.ts";

const LAB = "test/e2e/lab/**/*.test.ts";
/** With servers and processes of their own. */
const STORES = "src/stores/**/*.test.ts";

const COMMON = { testTimeout: 60_000, hookTimeout: 60_000, setupFiles: ["test/setup.ts"] };

// What tests start as processes of their own is stripped and compiled once: from then on each starts in a third of the time.
process.env["NODE_COMPILE_CACHE"] ??= fileURLToPath(new URL("node_modules/.cache/tests", import.meta.url));

export default defineConfig({
  test: {
    // The default leaves one core free. The end-to-end tests mostly wait for their children and for containers, so more are at work.
    maxWorkers: availableParallelism() + 2,
    sequence: { sequencer: HeaviestFirst },
    projects: [
      {
        // What is only called, with fakes: a process loads the code once for all the files that it runs, which is half of the work.
        test: { ...COMMON, name: "units", include: ["src/**/*.test.ts"], exclude: [STORES], isolate: false },
      },
      {
        test: {
          ...COMMON,
          name: "tests",
          include: [STORES, "test/**/*.test.ts", "bench/**/*.test.ts"],
          exclude: [LAB],
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

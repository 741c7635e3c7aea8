import { defineConfig } from "vitest/config";

const LAB = "test/e2e/lab/**/*.test.ts";

export default defineConfig({
  test: {
    // The default leaves one core free. The end-to-end tests mostly wait for their children, so none is to spare.
    maxWorkers: "100%",
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

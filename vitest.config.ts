import { defineConfig } from "vitest/config";

export default defineConfig({
  test: {
    include: ["src/**/*.test.ts", "test/**/*.test.ts", "bench/**/*.test.ts"],
    testTimeout: 60_000,
    hookTimeout: 60_000,
    setupFiles: ["test/setup.ts"],
    // The default leaves one core free. The end-to-end tests mostly wait for their children, so none is to spare.
    maxWorkers: "100%",
  },
});

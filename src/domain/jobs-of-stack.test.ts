import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { jobsOfStack, type StackVolume } from "./jobs-of-stack.ts";

const volumes = (...keys: string[]): StackVolume[] => keys.map((key) => ({ key, name: `shop_${key}` }));

describe("the jobs of a stack", () => {
  it("are one for each volume, named by its key in the Compose file", () => {
    expect(jobsOfStack(volumes("uploads", "app_data"), [])).toEqual([
      { job: "app_data", volume: "shop_app_data" },
      { job: "uploads", volume: "shop_uploads" },
    ]);
  });

  it("leave out what is excluded by its key or its full name, and no other", () => {
    const jobs = jobsOfStack(volumes("app_data", "cache", "cache2", "tmp"), ["cache", "shop_tmp", "nothing"]);
    expect(jobs.map(({ job }) => job)).toEqual(["app_data", "cache2"]);
  });

  it("are named by the volume where Compose gave it no key", () => {
    expect(jobsOfStack([{ key: undefined, name: "Shared" }], [])).toEqual([
      { job: "shared", volume: "Shared" },
    ]);
  });

  it("are refused where two would be one", () => {
    expect(() => jobsOfStack(volumes("Data", "data"), [])).toThrow(
      "volumes shop_Data and shop_data would both be job data; exclude one of them",
    );
  });

  it("have names that jobs can have, and each volume once", () => {
    const key = fc.stringMatching(/^[a-zA-Z0-9._-]{1,70}$/);
    fc.assert(
      fc.property(key, (each) => {
        const [job] = jobsOfStack(volumes(each), []);
        expect(job?.job).toMatch(/^[a-z0-9][a-z0-9_.-]{0,62}$/);
        expect(job?.volume).toBe(`shop_${each}`);
      }),
    );
  });
});

/** `holdfast verify --sample`, by hand and by the daemon. */
import { describe, expect, it } from "vitest";

import { scrapeOf } from "../fakes/scrape.ts";
import { storedState } from "../torture/stored-state.ts";
import { damage } from "./damage.ts";
import { testStack } from "./test-stack.ts";
import { waitUntil } from "./wait-until.ts";

interface Sampled {
  run: { outcome: string; operation: string };
  points: { point: string; bytes: number; problems: string[]; read: Read }[];
  stores: { store: string; read: Read }[];
  problems: string[];
}

interface Read {
  bytes: number;
  totalBytes: number;
  oldestAt: string | null;
}

describe("verify --sample", () => {
  it("comes round everything, and show says how far it is", async () => {
    const stack = testStack();
    stack.write({ file: "content" });
    const point = await stack.backUp();
    expect((await stack.done("show", point)).stdout).toMatch(/local +no +0 % +none/);
    const sample = async () =>
      (JSON.parse((await stack.done("verify", "data", "--sample", "40%", "--json")).stdout) as [Sampled])[0];
    const first = await sample();
    expect(first).toMatchObject({ run: { outcome: "succeeded", operation: "verify" }, problems: [] });
    expect(first.points).toMatchObject([{ point, problems: [] }]);
    let read = first.stores[0]?.read;
    expect(read?.bytes).toBeLessThan(read?.totalBytes ?? 0);
    for (let call = 0; call < 3 && read?.bytes !== read?.totalBytes; call++)
      read = (await sample()).stores[0]?.read;
    expect(read?.bytes).toBe(read?.totalBytes);
    expect((await stack.done("verify", "--sample", "1%")).stdout).toContain("read so far: 100 %, oldest ");
    expect((await stack.done("show", point)).stdout).toMatch(/local +no +100 %, oldest .* +none since/);
    const shown = JSON.parse((await stack.done("show", point, "--json")).stdout) as {
      stores: { read: Read }[];
    };
    expect(shown.stores[0]?.read).toMatchObject({ bytes: read?.bytes, totalBytes: read?.totalBytes });
  });

  it("fails where it comes upon damage, which is then known", async () => {
    const stack = testStack();
    stack.write({ file: "content" });
    const point = await stack.backUp();
    damage(stack.store(), point, "archive.tar.zst");
    const { exitCode, stdout } = await stack.run("verify", "--sample", "99%");
    expect(exitCode).toBe(1);
    expect(stdout).toContain("DAMAGED");
    expect((await stack.run("list")).stdout).toContain("DAMAGED");
  });

  it("of everything is a verify as ever", async () => {
    const stack = testStack();
    stack.write({ file: "content" });
    const point = await stack.backUp();
    expect((await stack.done("verify", "--sample", "100%")).stdout).toContain("whole (");
    expect((await stack.done("show", point)).stdout).toMatch(/100 %, oldest .* verify passed/);
  });

  it.each([
    [["--sample", "0%"], "is no share"],
    [["--sample", "many"], "is no share"],
    [["--sample", "10%", "--newest"], "a sample chooses by itself"],
  ])("does not accept %j", async (args, why) => {
    const { exitCode, stderr } = await testStack().run("verify", ...args);
    expect([exitCode, stderr]).toEqual([2, expect.stringContaining(why)]);
  });
});

describe("the daemon", () => {
  it("samples on its schedule, which counts as a run and not as a verify that passed", async () => {
    const verify = { schedule: "* * * * * *", sample: "40%" };
    const stack = testStack({ jobs: { data: { verify } }, http: { listen: "127.0.0.1:0" } });
    stack.write({ file: "content" });
    await stack.backUp();
    const daemon = await stack.startDaemon();
    await waitUntil("two samples", () => {
      const records = storedState(stack.store()).entries.filter((entry) => entry.includes("/samples/"));
      return records.length >= 2;
    });
    const samples = scrapeOf((await daemon.get("/metrics")).body);
    const ran = 'holdfast_runs_total{job="data",operation="verify",outcome="succeeded"}';
    expect(samples.value(ran)).toBeGreaterThan(0);
    expect(samples.of("holdfast_verify_last_success_timestamp_seconds")).toEqual([]);
  });
});

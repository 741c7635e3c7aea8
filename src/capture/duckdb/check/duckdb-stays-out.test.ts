/** The process that orders a check never has DuckDB in its memory, and no child outlives it. */
import { spawn, spawnSync } from "node:child_process";
import { existsSync } from "node:fs";
import { join } from "node:path";

import { expect, it } from "vitest";

import { makeDuckdb, ORDINARY_STATEMENTS } from "../../../../test/fakes/duckdb-file.ts";
import { temporaryDirectory } from "../../../../test/fakes/temporary-directory.ts";

const CHECK = new URL("./check-duckdb.ts", import.meta.url).href;
const CLOCK = new URL("../../../observability/system-clock.ts", import.meta.url).href;

function program(path: string, after: string): string[] {
  const code = `
    import { readFileSync } from "node:fs";
    import { checkDuckdb } from ${JSON.stringify(CHECK)};
    import { systemClock } from ${JSON.stringify(CLOCK)};
    const { signal } = new AbortController();
    const check = checkDuckdb({ path: ${JSON.stringify(path)}, level: "full", timeout: 60000, clock: systemClock, signal });
    ${after}`;
  return ["--input-type=module", "-e", code];
}

it("loads no DuckDB into the process that orders the check", async () => {
  const path = join(temporaryDirectory(), "a.duckdb");
  await makeDuckdb(path, ORDINARY_STATEMENTS);
  const { stdout } = spawnSync(
    process.execPath,
    program(
      path,
      `const { state } = await check;
       console.log(state, readFileSync("/proc/self/maps", "utf8").includes("libduckdb"));`,
    ),
    { encoding: "utf8" },
  );
  expect(stdout).toBe("sound false\n");
});

it("leaves no child when the process that ordered the check is killed", async () => {
  const path = join(temporaryDirectory(), "a.duckdb");
  await makeDuckdb(path, ORDINARY_STATEMENTS);
  const parent = spawn(
    process.execPath,
    program(
      path,
      `void check;
       const children = "/proc/self/task/" + process.pid + "/children";
       const timer = setInterval(() => {
         const child = readFileSync(children, "utf8").trim();
         if (child === "") return;
         clearInterval(timer);
         process.stdout.write(child, () => process.kill(process.pid, "SIGKILL"));
       }, 5);`,
    ),
    { stdio: ["ignore", "pipe", "inherit"] },
  );
  let child = "";
  for await (const chunk of parent.stdout) child += String(chunk);
  expect(child).toMatch(/^\d+$/);
  await expect.poll(() => existsSync(`/proc/${child}/exe`), { timeout: 20_000 }).toBe(false);
});

import { spawn } from "node:child_process";
import { once } from "node:events";
import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import type { ProcessIdentity } from "../ports/process-identity.ts";
import { systemProcessTable } from "./process-identity.ts";

const table = systemProcessTable();
const startTimeOf = (pid: number) =>
  readFileSync(`/proc/${pid}/stat`, "utf8").split(") ").at(-1)?.split(" ")[19] ?? "";

describe.skipIf(process.platform !== "linux")("the process table of a Linux machine", () => {
  it("knows itself", () => {
    expect(table.self).toMatchObject({ pid: process.pid, startTime: startTimeOf(process.pid) });
    expect(table.self.bootId).toMatch(/^[0-9a-f-]{36}$/);
    expect(table.self.pidNamespace).toMatch(/^pid:\[\d+\]$/);
    expect(table.fateOf(table.self)).toBe("alive");
  });

  it("tells a living process from a killed one", async () => {
    const child = spawn(process.execPath, ["-e", "setInterval(() => {}, 1000)"]);
    await once(child, "spawn");
    const pid = child.pid ?? 0;
    const other: ProcessIdentity = { ...table.self, pid, startTime: startTimeOf(pid) };
    expect(table.fateOf(other)).toBe("alive");
    child.kill("SIGKILL");
    await once(child, "exit");
    expect(table.fateOf(other)).toBe("dead");
  });

  it("is not fooled by a pid that was given to another process", () => {
    expect(table.fateOf({ ...table.self, startTime: "1" })).toBe("dead");
  });

  it("claims to know nothing of processes that it cannot see", () => {
    const gone = { ...table.self, pid: 2 ** 30, startTime: "1" };
    expect(table.fateOf(gone)).toBe("dead");
    expect(table.fateOf({ ...gone, host: "elsewhere" })).toBe("unknown");
    expect(table.fateOf({ ...gone, bootId: "another boot" })).toBe("unknown");
    expect(table.fateOf({ ...gone, pidNamespace: "pid:[1]" })).toBe("unknown");
    expect(table.fateOf({ ...gone, startTime: "" })).toBe("unknown");
  });
});

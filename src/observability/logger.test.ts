import { describe, expect, it } from "vitest";
import { recordingLog } from "../../test/fakes/recording-log.ts";
import { HoldfastError } from "../domain/errors.ts";

describe("the log", () => {
  it("writes one JSON object a line with level, time, fields and message", () => {
    const log = recordingLog();
    log.logger.info("Backup of data started", { files: 3 });
    expect(log.text()).toBe(
      '{"level":"info","time":"2026-11-20T12:00:00.000Z","files":3,"msg":"Backup of data started"}\n',
    );
  });

  it("leaves out what is below its level", () => {
    const log = recordingLog({ level: "warn" });
    log.logger.debug("a");
    log.logger.info("b");
    log.logger.warn("c");
    log.logger.error("d");
    expect(log.lines().map(({ msg }) => msg)).toEqual(["c", "d"]);
  });

  it("says nothing at all at level silent", () => {
    const log = recordingLog({ level: "silent" });
    log.logger.failure(new Error("boom"));
    expect(log.text()).toBe("");
  });

  it("puts run, job and phase on every line of a child, and of a child's child", () => {
    const log = recordingLog();
    log.logger.child({ run: "r1", job: "data" }).child({ phase: "archiving" }).info("x");
    expect(log.lines()[0]).toMatchObject({ run: "r1", job: "data", phase: "archiving" });
  });

  it("takes a percent sign in a message for text", () => {
    const log = recordingLog();
    log.logger.warn("file 100%s%d%% changed", { path: "x" });
    expect(log.lines()[0]?.["msg"]).toBe("file 100%s%d%% changed");
  });
});

describe("a logged failure", () => {
  const failure = new HoldfastError("store", {
    what: "Writing local:a/b",
    why: "the disk said no",
    cause: new Error("EIO: i/o error", { cause: new Error("bad sector") }),
  });

  it("is one line with sentence and code", () => {
    const log = recordingLog({ level: "info" });
    log.logger.failure(failure, { store: "local" });
    expect(log.lines()).toEqual([
      {
        level: "error",
        time: "2026-11-20T12:00:00.000Z",
        store: "local",
        code: "store",
        msg: "Writing local:a/b failed: the disk said no.",
      },
    ]);
  });

  it("carries its causes and its stack when debugging", () => {
    const log = recordingLog({ level: "debug" });
    log.logger.failure(failure);
    const [line] = log.lines();
    expect(line?.["causes"]).toEqual(["EIO: i/o error", "bad sector"]);
    expect(line?.["err"]).toMatchObject({ type: "HoldfastError" });
  });

  it("may be any thrown value", () => {
    const log = recordingLog();
    log.logger.failure("just text");
    expect(log.lines()[0]?.["msg"]).toBe("just text");
  });
});

describe("the pretty format", () => {
  it("is chosen by a terminal, and only by it", () => {
    const terminal = recordingLog({ isTTY: true });
    terminal.logger.info("hello");
    expect(terminal.text()).toContain("INFO");
    expect(terminal.text()).not.toContain('"msg"');
    const file = recordingLog({ isTTY: false });
    file.logger.info("hello");
    expect(file.lines()[0]?.["msg"]).toBe("hello");
  });

  it("can be asked for without a terminal, and is then without colour", () => {
    const log = recordingLog({ format: "pretty" });
    log.logger.warn("careful", { job: "data" });
    expect(log.text()).toMatch(/WARN: careful \{"job":"data"\}\n$/);
    expect(log.text()).not.toContain("\u001b");
  });

  it("shows control characters of a message instead of obeying them", () => {
    const log = recordingLog({ format: "pretty" });
    log.logger.warn("file evil\u001b[2J\nname changed");
    expect(log.text()).toContain("file evil\\x1b[2J\\x0aname changed");
  });
});

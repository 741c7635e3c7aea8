import { describe, expect, it } from "vitest";
import { HoldfastError } from "../../domain/errors.ts";
import { memberError } from "./import-error.ts";

const refusal = (code: string) => Object.assign(new Error(`${code}: the system said no`), { code });

describe("what the file system says of a member of an archive", () => {
  it.each([
    ["EIO", "target", "the disk reports an error"],
    ["EACCES", "target", "this user may not write it there"],
    ["EROFS", "target", "read-only"],
    ["ENOSPC", "no-space", "the disk is full"],
  ])("%s is the target's trouble, and no defect of ours", (errno, code, why) => {
    const { code: found, message } = memberError("etc/motd", refusal(errno));
    expect(found).toBe(code);
    expect(message).toContain(why);
    expect(message).toContain("etc/motd");
  });

  it("names it without anything that a terminal would obey", () => {
    expect(memberError("a\u001b[2Jb", refusal("EIO")).message).toContain("a\\x1b[2Jb");
  });

  it("stays what it is where it is an error of ours", () => {
    const ours = new HoldfastError("refused", { what: "Restoring it", why: "it is unsafe" });
    expect(memberError("etc/motd", ours)).toBe(ours);
  });
});

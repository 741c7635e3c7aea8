import { describe, expect, it } from "vitest";

import { errno } from "../../../test/fakes/restore-moves.ts";
import { HoldfastError } from "../../domain/errors.ts";
import { entryError } from "./entry-error.ts";

describe("what a file system says of an entry", () => {
  it.each([
    ["EIO", "target", /^Restoring a\/b failed: the disk reports an error \(EIO.*\); read the system's log/],
    ["EACCES", "target", /may not write it there \(EACCES.*\); restore as the owner/],
    ["EPERM", "target", /may not write it there/],
    ["EROFS", "target", /is read-only/],
    ["ENOSPC", "no-space", /the disk is full/],
    ["EDQUOT", "no-space", /the disk is full/],
    ["ENAMETOOLONG", "target", /cannot hold it/],
    ["ELOOP", "refused", /somebody else changes the directory/],
  ])("%s is told as %s, in a sentence with a next step", (code, expected, sentence) => {
    const error = entryError("a/b", errno(code));
    expect(error.code).toBe(expected);
    expect(error.message).toMatch(sentence);
  });

  it("leaves an error of ours as it is, and calls what it does not know a defect", () => {
    const ours = new HoldfastError("damaged", { what: "Reading x", why: "it was cut" });
    expect(entryError("a", ours)).toBe(ours);
    expect(entryError("a", new TypeError("x is undefined")).code).toBe("internal");
  });
});

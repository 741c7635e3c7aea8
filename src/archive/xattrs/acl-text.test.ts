import { describe, expect, it } from "vitest";

import { aclText } from "./acl-text.ts";

const ACL = "0200000001000600ffffffff02000400e803000004000400ffffffff10000600ffffffff20000000ffffffff";

describe("the text of an ACL", () => {
  it("names each entry's kind, id and permissions", () => {
    expect(aclText(Buffer.from(ACL, "hex"))).toBe("user::rw-,user:1000:r--,group::r--,mask::rw-,other::---");
  });

  it.each([
    ["of another version", ACL.replace(/^02/, "03")],
    ["that is cut", ACL.slice(0, -2)],
    ["with an entry of an unknown kind", ACL.replace("20000000", "40000000")],
    ["of nothing", ""],
  ])("is not made of one %s", (_, hex) => {
    expect(aclText(Buffer.from(hex, "hex"))).toBeUndefined();
  });
});

import { expect, it } from "vitest";
import { attachmentNamed, bytesIn, encodeBytes } from "./byte-path.ts";

it("any bytes survive an address", () => {
  const all = Array.from({ length: 256 }, (_, code) => String.fromCharCode(code)).join("");
  expect(bytesIn(`a=1&path=${encodeBytes(all)}&after=x`, "path")).toBe(all);
  expect(encodeBytes("a b/ü+&=.txt")).toBe("a%20b/%FC%2B%26%3D.txt");
  expect(bytesIn("path=%4", "path")).toBeUndefined();
  expect(bytesIn("paths=x", "path")).toBeUndefined();
});

it("the name of a download ends no header, names no path and hides nothing", () => {
  expect(attachmentNamed("dir/report.csv")).toBe(
    `attachment; filename="report.csv"; filename*=UTF-8''report.csv`,
  );
  const utf8 = (text: string) => Buffer.from(text).toString("latin1");
  expect(attachmentNamed(utf8("größe.txt"))).toBe(
    `attachment; filename="gr__e.txt"; filename*=UTF-8''gr%C3%B6%C3%9Fe.txt`,
  );
  const evil = attachmentNamed(utf8(`..\\a"\r\nSet-Cookie: x=1;\u202Egnp.exe`));
  expect(evil).not.toMatch(/[\r\n]|"a"|\u202e|%E2%80%AE|filename="\./);
  expect(attachmentNamed(".bashrc")).toContain('filename="_bashrc"');
  expect(attachmentNamed("\xff\xfe")).toContain(`filename*=UTF-8''`);
  expect(attachmentNamed("x".repeat(5000)).length).toBeLessThan(500);
});

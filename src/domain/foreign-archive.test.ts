import { expect, it } from "vitest";
import { foreignArchives, restoreCommand } from "./foreign-archive.ts";

const file = (name: string, modifiedAt = 5) => ({ name, size: 1, modifiedAt });

it("archives are known by their names, and are as of the time in them", () => {
  const names = [
    "backup-2021-08-29T04-00-00.tar.gz",
    "backup-2021-08-30T04-00-00.tar.zst.age",
    "db.tar",
    "x.tgz.gpg",
  ];
  const found = foreignArchives(
    [...names, "notes.txt", "backup.tar.gz.part", "recovery-point.json"].map((name) => file(name)),
  );
  expect(found.map(({ name, encryption }) => [name, encryption])).toEqual([
    [names[1], "age"],
    [names[0], undefined],
    [names[3], "gpg"],
    [names[2], undefined],
  ]);
  expect(found[1]?.at).toBe(Date.parse("2021-08-29T04:00:00Z"));
  expect(found[3]?.at).toBe(5);
});

it("a date that is none is not taken for one", () => {
  expect(foreignArchives([file("backup-2021-13-45.tar.gz", 7)])[0]?.at).toBe(7);
});

it("each is restored by a command that can be copied, whatever its name", () => {
  expect(restoreCommand({ encryption: undefined }, "/archive/a.tar.gz")).toBe(
    "holdfast restore --archive /archive/a.tar.gz --to DIRECTORY",
  );
  expect(restoreCommand({ encryption: "gpg" }, "/a b's.tar.gz.gpg")).toBe(
    String.raw`holdfast restore --archive '/a b'\''s.tar.gz.gpg' --to DIRECTORY --passphrase-file FILE`,
  );
});

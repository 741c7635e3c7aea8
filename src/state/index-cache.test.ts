import { createHash } from "node:crypto";
import { mkdirSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";

import { describe, expect, it } from "vitest";

import { temporaryDirectory } from "../../test/fakes/temporary-directory.ts";
import type { PointObject } from "../domain/recovery-point.ts";
import { openIndexCache } from "./index-cache.ts";

function objectOf(text: string): PointObject {
  return {
    name: "files.jsonl.zst",
    size: text.length,
    sha256: createHash("sha256").update(text).digest("hex"),
  };
}

function workshop() {
  const directory = temporaryDirectory();
  let fetches = 0;
  const fetchOf = (text: string) =>
    async function* () {
      fetches += 1;
      yield Buffer.from(text);
    };
  const files = () => readdirSync(join(directory, "indexes", "data"));
  return { directory, cache: openIndexCache(directory), fetchOf, files, fetches: () => fetches };
}

describe("the index cache", () => {
  it("fetches an index once", async () => {
    const { cache, fetchOf, fetches } = workshop();
    const path = await cache.obtain("data", objectOf("index"), fetchOf("index"));
    expect(readFileSync(path, "utf8")).toBe("index");
    expect(await cache.obtain("data", objectOf("index"), fetchOf("index"))).toBe(path);
    expect(fetches()).toBe(1);
  });

  it("keeps a copy of what is written, so that nothing has to be fetched", async () => {
    const { cache, fetchOf, fetches } = workshop();
    const copy = cache.copy("data");
    await copy.write(Buffer.from("in"));
    await copy.write(Buffer.from("dex"));
    await copy.keep(objectOf("index"));
    await cache.obtain("data", objectOf("index"), fetchOf("index"));
    expect(fetches()).toBe(0);
  });

  it("keeps no copy that is not the object, or was given up", async () => {
    const { cache, files } = workshop();
    const other = cache.copy("data");
    await other.write(Buffer.from("other"));
    await other.keep(objectOf("index"));
    const gone = cache.copy("data");
    await gone.write(Buffer.from("x"));
    await gone.discard();
    expect(files()).toEqual([]);
  });

  it("holds the newest index of a job only, and nothing that a killed process left", async () => {
    const { directory, cache, fetchOf, files } = workshop();
    await cache.obtain("data", objectOf("old"), fetchOf("old"));
    writeFileSync(join(directory, "indexes", "data", ".left.tmp"), "x");
    await cache.obtain("data", objectOf("new"), fetchOf("new"));
    expect(files()).toEqual([`${objectOf("new").sha256}.jsonl.zst`]);
  });

  it("fetches again what was damaged, and refuses to take the wrong bytes", async () => {
    const { cache, fetchOf } = workshop();
    const path = await cache.obtain("data", objectOf("index"), fetchOf("index"));
    writeFileSync(path, "indeX");
    expect(readFileSync(await cache.obtain("data", objectOf("index"), fetchOf("index")), "utf8")).toBe(
      "index",
    );
    await expect(cache.obtain("data", objectOf("new"), fetchOf("cut"))).rejects.toMatchObject({
      code: "damaged",
    });
  });

  it("does not hinder a backup where it cannot write", async () => {
    const directory = temporaryDirectory();
    mkdirSync(join(directory, "indexes"));
    writeFileSync(join(directory, "indexes", "data"), "a file is in the way");
    const copy = openIndexCache(directory).copy("data");
    await copy.write(Buffer.from("x"));
    await copy.keep(objectOf("x"));
    await copy.discard();
    await expect(
      openIndexCache(directory).obtain("data", objectOf("x"), async function* () {}),
    ).rejects.toThrow();
  });
});

describe("the index cache of encrypted points", () => {
  /** What is stored is not what is kept. */
  const encrypted = (content: string): PointObject => ({
    ...objectOf(`stored ${content}`),
    contentSize: content.length,
  });

  it("keeps the content as it was before it was encrypted, which needs no key", async () => {
    const { cache, fetchOf, fetches } = workshop();
    const copy = cache.copy("data");
    await copy.write(Buffer.from("index"));
    await copy.keep(encrypted("index"));
    const path = await cache.obtain("data", encrypted("index"), fetchOf("index"));
    expect(readFileSync(path, "utf8")).toBe("index");
    expect(fetches()).toBe(0);
  });

  it("fetches it, decrypted, where it is lost, of another point, or damaged", async () => {
    const { cache, fetchOf, fetches, files } = workshop();
    const path = await cache.obtain("data", encrypted("index"), fetchOf("index"));
    writeFileSync(path, "imdex");
    expect(readFileSync(await cache.obtain("data", encrypted("index"), fetchOf("index")), "utf8")).toBe(
      "index",
    );
    await cache.obtain("data", encrypted("other"), fetchOf("other"));
    expect(fetches()).toBe(3);
    expect(files()).toHaveLength(1);
  });

  it("keeps nothing of which a part is missing", async () => {
    const { cache, fetchOf, files } = workshop();
    await expect(cache.obtain("data", encrypted("index"), fetchOf("ind"))).rejects.toMatchObject({
      code: "damaged",
    });
    expect(files()).toEqual([]);
  });
});

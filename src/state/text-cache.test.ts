import fs from "node:fs";
import { join } from "node:path";
import { expect, it } from "vitest";
import { temporaryDirectory } from "../../test/fakes/temporary-directory.ts";
import { openTextCache } from "./text-cache.ts";

const textOf = (key: string, version = "1") => ({ key, version, text: `of ${key}\nv${version} ü` });

function workshop() {
  const directory = join(temporaryDirectory(), "state");
  const cache = openTextCache(directory);
  const add = (...texts: ReturnType<typeof textOf>[]) => cache.keep("offsite", texts, { replace: false });
  const load = async (store = "offsite") => [...(await cache.load(store)).values()];
  return { file: join(directory, "catalog/offsite.jsonl"), directory, cache, add, load };
}

it("gives what was kept of a store, the last of each key, and nothing of another store", async () => {
  const { add, load } = workshop();
  expect(await load()).toEqual([]);
  await add(textOf("a"), textOf("b"));
  await add(textOf("a", "2"));
  expect(await load()).toEqual([textOf("a", "2"), textOf("b")]);
  expect(await load("local")).toEqual([]);
});

it("gives only what it was told last in the place of everything", async () => {
  const { cache, add, load, file } = workshop();
  await add(textOf("a"), textOf("b"));
  await cache.keep("offsite", [textOf("c")], { replace: true });
  expect(await load()).toEqual([textOf("c")]);
  expect(fs.readdirSync(join(file, ".."))).toEqual(["offsite.jsonl"]);
});

it("passes over lines that were cut off or are of another kind, and keeps what comes after them", async () => {
  const { add, load, file } = workshop();
  await add(textOf("a"), textOf("b"));
  fs.truncateSync(file, fs.statSync(file).size - 5);
  await add(textOf("c"));
  fs.appendFileSync(file, '{"key":7}\nnull\n[]\nno json\n');
  expect(await load()).toEqual([textOf("a"), textOf("c")]);
});

it("keeps nothing, and says nothing, where nothing can be written", async () => {
  const { directory, add, load, cache } = workshop();
  fs.writeFileSync(directory, "a file");
  await add(textOf("a"));
  await cache.keep("offsite", [textOf("a")], { replace: true });
  expect(await load()).toEqual([]);
});

it("is for its owner's eyes only", async () => {
  const { add, file } = workshop();
  await add(textOf("a"));
  expect(fs.statSync(file).mode & 0o777).toBe(0o600);
  expect(fs.statSync(join(file, "..")).mode & 0o777).toBe(0o700);
});

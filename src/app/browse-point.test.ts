import { mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { expect, it } from "vitest";
import { appWorkshop, testJob } from "../../test/fakes/app-workshop.ts";
import { temporaryDirectory } from "../../test/fakes/temporary-directory.ts";
import { createVolumeSource } from "../sources/volume/volume-source.ts";
import { backupJob } from "./backup-job.ts";
import { listDirectory, openFile } from "./browse-point.ts";
import { locatePoint } from "./locate-point.ts";

const signal = new AbortController().signal;

async function pointOf(files: Record<string, string>) {
  const path = temporaryDirectory();
  for (const [name, content] of Object.entries(files)) {
    await mkdir(join(path, name, ".."), { recursive: true });
    await writeFile(join(path, name), content);
  }
  const { context, stores } = appWorkshop();
  const source = createVolumeSource({ kind: "volume", path });
  await backupJob(context, { job: testJob(), source, stores, trigger: "schedule", signal });
  const { catalog, stack, keys } = context;
  const { copies } = await locatePoint({ catalog, stack, stores, choice: { newest: true }, signal });
  return { copy: copies[0], keys, signal };
}

const namesIn = async (of: Parameters<typeof listDirectory>[0]) => {
  const { files, next } = await listDirectory(of);
  return [files.map(({ path, type }) => (type === "directory" ? `${path}/` : path)).join(" "), next];
};

it("lists what is directly in a directory, a page at a time", async () => {
  const at = await pointOf({ "a/deep/1": "", "a/deep/2": "", "a-b": "x", "b/3": "", c: "", "d/e": "" });
  expect(await namesIn({ ...at, path: ".", limit: 10 })).toEqual(["a/ a-b b/ c d/", undefined]);
  expect(await namesIn({ ...at, path: ".", limit: 2 })).toEqual(["a/ a-b", "a-b"]);
  expect(await namesIn({ ...at, path: ".", limit: 2, after: "a" })).toEqual(["a-b b/", "b"]);
  expect(await namesIn({ ...at, path: "a", limit: 2, after: "b/3" })).toEqual(["a/deep/", undefined]);
  expect(await namesIn({ ...at, path: "b/3", limit: 2 })).toEqual(["b/3", undefined]);
  for (const path of ["nothing", "../a", "/a", "a/../c", ""])
    await expect(listDirectory({ ...at, path, limit: 2 })).rejects.toMatchObject({ code: "not-found" });
});

it("passes over very many entries below a child", async () => {
  const many = Object.fromEntries(Array.from({ length: 3500 }, (_, at) => [`a/${at}`, ""]));
  const at = await pointOf({ ...many, b: "", "c/d": "" });
  expect(await namesIn({ ...at, path: ".", limit: 10 })).toEqual(["a/ b c/", undefined]);
});

it("opens one file, and nothing that is none", async () => {
  const at = await pointOf({ "a/hello.txt": "hello" });
  const file = await openFile({ ...at, path: "a/hello.txt" });
  const content = Buffer.concat(await Array.fromAsync(file.chunks)).toString();
  expect([file.size, content]).toEqual([5, "hello"]);
  await expect(openFile({ ...at, path: "a" })).rejects.toMatchObject({ code: "usage" });
  await expect(openFile({ ...at, path: "b" })).rejects.toMatchObject({ code: "not-found" });
});

import { expect, it } from "vitest";
import { heldBack } from "./held-back.ts";

async function* source(chunks: string[], error?: Error) {
  const memory = Buffer.alloc(8);
  for (const chunk of chunks) yield memory.subarray(0, memory.write(chunk));
  if (error !== undefined) throw error;
}

it("gives every chunk, also of a source that uses its memory again", async () => {
  const chunks = await Array.fromAsync(heldBack(source(["one", "two", "three"])));
  expect(chunks.map((chunk) => Buffer.from(chunk).toString())).toEqual(["one", "two", "three"]);
  expect(await Array.fromAsync(heldBack(source([])))).toEqual([]);
});

it("keeps the last one to itself when the source fails at its end", async () => {
  const seen: number[] = [];
  const all = (async () => {
    for await (const chunk of heldBack(source(["one", "two"], new Error("damaged")))) seen.push(chunk.length);
  })();
  await expect(all).rejects.toThrow("damaged");
  expect(seen).toEqual([3]);
});

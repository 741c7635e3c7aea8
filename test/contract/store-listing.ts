/** The contract of `list`: strict, complete, in order. */
import { expect, it } from "vitest";
import type { Store } from "../../src/ports/store.ts";
import { bodyOf, keysOf, textOf } from "./bytes.ts";

/** Each a name that some store or path library gets wrong. */
const UNUSUAL_NAMES = [
  "with space",
  " leading and trailing ",
  "příliš žluťoučký kůň",
  "e\u0301 is not é",
  "日本語",
  "🗄️ archive 👩‍💻",
  "\uffee before 🗄️ in UTF-8, after it in UTF-16",
  "100% %2F %00",
  "a+b",
  `"double" 'single' \`back\``,
  "back\\slash",
  "semi;colon&and=is?what#hash",
  "[brackets]{braces}*",
  "...",
  "-rf",
  "~",
  "$HOME",
  ".hidden",
  "n".repeat(255),
];

async function putAll(store: Store, keys: readonly string[]): Promise<void> {
  for (let at = 0; at < keys.length; at += 20) {
    await Promise.all(keys.slice(at, at + 20).map((key) => store.put(key, bodyOf(key))));
  }
}

function inByteOrder(keys: readonly string[]): string[] {
  return [...keys].sort((a, b) => Buffer.compare(Buffer.from(a), Buffer.from(b)));
}

export function describeListing(store: () => Store, many: number): void {
  it("lists nothing in an empty store and under a prefix that nothing has", async () => {
    expect(await keysOf(store())).toEqual([]);
    await store().put("stack/object", bodyOf("x"));
    expect(await keysOf(store(), "other/")).toEqual([]);
    expect(await keysOf(store(), "stack/object/")).toEqual([]);
  });

  it("takes a prefix literally: backup/ is not backup-other/", async () => {
    const keys = ["backup/a", "backup/b/c", "backup-other/a", "backup.d/a", "Backup/a"];
    await putAll(store(), keys);
    expect(await keysOf(store(), "backup/")).toEqual(["backup/a", "backup/b/c"]);
    expect(await keysOf(store(), "backup/b/")).toEqual(["backup/b/c"]);
    expect(await keysOf(store(), "backup-other/")).toEqual(["backup-other/a"]);
    expect(await keysOf(store(), "back")).toEqual(["backup-other/a", "backup.d/a", "backup/a", "backup/b/c"]);
    expect(await keysOf(store(), "backup/b/c")).toEqual(["backup/b/c"]);
  });

  it("lists in ascending order of the keys' bytes, across folders", async () => {
    const keys = ["s/a/z", "s/a-b", "s/a.b", "s/a0", "s/a/0/deep", "s/b", "s/Z", "s/é", "s/🗄️", "s/\uffee"];
    await putAll(store(), keys);
    expect(await keysOf(store(), "s/")).toEqual(inByteOrder(keys));
  });

  it("lists many objects, each once", async () => {
    const keys = Array.from({ length: many }, (_, index) => `stack/job-${index % 7}/object ${index}`);
    await putAll(store(), keys);
    expect(await keysOf(store(), "stack/")).toEqual(inByteOrder(keys));
  });

  it("keeps unusual names exactly", async () => {
    const keys = UNUSUAL_NAMES.flatMap((name) => [`stack/${name}`, `stack/in/${name}/object`]);
    await putAll(store(), keys);
    expect(await keysOf(store(), "stack/")).toEqual(inByteOrder(keys));
    for (const key of keys) expect(await textOf(store().get(key)), key).toBe(key);
    for (const key of keys) await store().delete(key);
    expect(await keysOf(store())).toEqual([]);
  });

  it("lists what stays while other objects come and go", async () => {
    const staying = Array.from({ length: 50 }, (_, index) => `stack/stays/${index}`);
    await putAll(store(), staying);
    const churning = (async () => {
      for (let turn = 0; turn < 20; turn++) {
        await store().put(`stack/goes/${turn}/object`, bodyOf("x"));
        await store().delete(`stack/goes/${turn}/object`);
      }
    })();
    for (let turn = 0; turn < 5; turn++) {
      const seen = (await keysOf(store(), "stack/")).filter((key) => key.startsWith("stack/stays/"));
      expect(seen).toEqual(inByteOrder(staying));
    }
    await churning;
  });

  it("stops listing with an error when it is cancelled: a listing never just ends early", async () => {
    await putAll(store(), ["stack/a", "stack/b", "stack/c"]);
    const cancelling = new AbortController();
    const listing = (async () => {
      for await (const { key } of store().list("stack/", { signal: cancelling.signal })) {
        expect(key).toBe("stack/a");
        cancelling.abort();
      }
    })();
    await expect(listing).rejects.toMatchObject({ code: "cancelled" });
  });

  it("refuses a prefix that could leave the store", async () => {
    for (const prefix of ["/", "../", "a/../../b/", "a//", "a\nb/"]) {
      await expect(keysOf(store(), prefix), prefix).rejects.toMatchObject({ code: "internal" });
      await expect(store().removeLeftovers(prefix), prefix).rejects.toMatchObject({ code: "internal" });
    }
  });
}

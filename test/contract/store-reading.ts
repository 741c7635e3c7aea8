/** The contract of `get` and `stat`. */
import { expect, it } from "vitest";
import { hasCode } from "../../src/domain/errors.ts";
import type { Store } from "../../src/ports/store.ts";
import { bodyOf, bytesOf, patternBody, patternBytes, sha256Of, textOf } from "./bytes.ts";

const SIZE = 3 * 1024 * 1024 + 17;

export function describeReading(store: () => Store): void {
  it("gives any range of an object, cut at its end", async () => {
    await store().put("stack/object", patternBody(SIZE, [1_000_003]));
    const ranges = [
      { offset: 0, length: 1 },
      { offset: 1_048_575, length: 2 },
      { offset: 17, length: 2_000_000 },
      { offset: SIZE - 5, length: 5 },
      { offset: SIZE - 5, length: 500 },
      { offset: 0, length: SIZE * 2 },
    ];
    for (const range of ranges) {
      const expected = patternBytes(range.offset, Math.min(range.length, SIZE - range.offset));
      const read = await bytesOf(store().get("stack/object", { range }));
      expect(Buffer.compare(read, expected), JSON.stringify(range)).toBe(0);
    }
  });

  it("gives nothing for a range past the end and for one of no length", async () => {
    await store().put("stack/object", bodyOf("0123456789"));
    expect(await textOf(store().get("stack/object", { range: { offset: 10, length: 1 } }))).toBe("");
    expect(await textOf(store().get("stack/object", { range: { offset: 5000, length: 10 } }))).toBe("");
    expect(await textOf(store().get("stack/object", { range: { offset: 3, length: 0 } }))).toBe("");
  });

  it("gives the same bytes to a reader that lets it use the memory of each chunk again", async () => {
    await store().put("stack/object", patternBody(SIZE, [1_000_003]));
    const range = { offset: 17, length: SIZE - 20 };
    const digest = await sha256Of(store().get("stack/object", { range, transient: true }));
    expect(digest).toBe(await sha256Of(bodyOf(patternBytes(range.offset, range.length))));
  });

  it("gives only the object that was asked for by its version, where it tells versions", async () => {
    await store().put("stack/lock", bodyOf("first"));
    const version = (await store().stat("stack/lock"))?.version;
    if (version === undefined) return;
    const range = { offset: 1, length: 100 };
    expect(await textOf(store().get("stack/lock", { version }))).toBe("first");
    expect(await textOf(store().get("stack/lock", { version, range }))).toBe("irst");
    await store().put("stack/lock", bodyOf("second"), { replace: true });
    for (const options of [{ version }, { version, range }]) {
      const thrown: unknown = await textOf(store().get("stack/lock", options)).catch(
        (error: unknown) => error,
      );
      expect(hasCode(thrown, "not-found") || hasCode(thrown, "store")).toBe(true);
    }
  });

  it("says not-found for what is not there, also within and below what is", async () => {
    await store().put("stack/object", bodyOf("x"));
    for (const key of ["nothing", "stack", "stack/nothing", "stack/object/below"]) {
      await expect(textOf(store().get(key)), key).rejects.toMatchObject({ code: "not-found" });
      const range = { offset: 0, length: 0 };
      await expect(textOf(store().get(key, { range })), key).rejects.toMatchObject({ code: "not-found" });
      expect(await store().stat(key), key).toBeUndefined();
    }
  });

  it("serves several readers of one object at once, each from its own place", async () => {
    await store().put("stack/object", patternBody(SIZE, [500_000]));
    const offsets = [0, 1, 1_000_000, 2_000_001, SIZE - 1];
    const reads = offsets.map((offset) =>
      bytesOf(store().get("stack/object", { range: { offset, length: SIZE } })),
    );
    for (const [index, read] of (await Promise.all(reads)).entries()) {
      const offset = offsets[index] ?? 0;
      expect(Buffer.compare(read, patternBytes(offset, SIZE - offset))).toBe(0);
    }
  });

  it("stops reading when it is cancelled", async () => {
    await store().put("stack/object", patternBody(SIZE, [500_000]));
    const cancelling = new AbortController();
    const reading = (async () => {
      for await (const chunk of store().get("stack/object", { signal: cancelling.signal })) {
        cancelling.abort();
        expect(chunk.byteLength).toBeLessThan(SIZE);
      }
    })();
    await expect(reading).rejects.toMatchObject({ code: "cancelled" });
  });

  it("lets a reader leave before the end", async () => {
    await store().put("stack/object", patternBody(SIZE, [500_000]));
    for await (const chunk of store().get("stack/object")) {
      expect(chunk[0]).toBe(patternBytes(0, 1)[0]);
      break;
    }
    await store().delete("stack/object");
    expect(await store().stat("stack/object")).toBeUndefined();
  });

  it("gives bytes that a reader may change without changing the object", async () => {
    await store().put("stack/object", bodyOf("untouched"));
    for await (const chunk of store().get("stack/object")) chunk.fill(0);
    expect(await textOf(store().get("stack/object"))).toBe("untouched");
  });
}

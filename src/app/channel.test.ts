import { describe, expect, it } from "vitest";
import { Channel } from "./channel.ts";

const bytes = (n: number) => new Uint8Array(n);

describe("a channel", () => {
  it("delivers what was written, in order, and ends", async () => {
    const channel = new Channel(1000);
    await channel.write(Uint8Array.of(1));
    await channel.write(Uint8Array.of(2));
    channel.end();
    const seen: number[] = [];
    for await (const chunk of channel) seen.push(...chunk);
    expect(seen).toEqual([1, 2]);
  });

  it("makes the writer wait while its limit is queued, and wakes it when the reader takes some", async () => {
    const channel = new Channel(10);
    let written = false;
    const write = channel.write(bytes(10)).then(() => (written = true));
    await new Promise((resolve) => setImmediate(resolve));
    expect(written).toBe(false);
    const reader = channel[Symbol.asyncIterator]();
    await reader.next();
    await write;
    expect(written).toBe(true);
  });

  it("gives the reader the writer's error instead of an end", async () => {
    const channel = new Channel(1000);
    await channel.write(bytes(1));
    channel.fail(new Error("the dump failed"));
    await expect(Array.fromAsync(channel)).rejects.toThrow("the dump failed");
  });

  it("lets the writer go on when the reader has left", async () => {
    const channel = new Channel(1);
    const write = channel.write(bytes(5));
    channel.close();
    await write;
    await channel.write(bytes(5));
  });

  it("lets a waiting writer go when it is failed from elsewhere", async () => {
    const channel = new Channel(1);
    const write = channel.write(bytes(5));
    channel.fail(new Error("cancelled"));
    await write;
  });
});

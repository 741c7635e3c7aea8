import { describe, expect, it } from "vitest";
import { Channel } from "./channel.ts";

const bytes = (n: number) => new Uint8Array(n);
const afterAllThatIsQueued = () => new Promise((resolve) => setImmediate(resolve));

describe("a channel", () => {
  it("delivers what was written, in order, and ends", async () => {
    const channel = new Channel();
    const writing = (async () => {
      await channel.write(Uint8Array.of(1));
      await channel.write(Uint8Array.of(2));
      channel.end();
    })();
    const seen: number[] = [];
    for await (const chunk of channel) seen.push(...chunk);
    await writing;
    expect(seen).toEqual([1, 2]);
  });

  it("makes the writer wait until the reader is done with the chunk, not only until it has it", async () => {
    const channel = new Channel();
    let written = false;
    const write = channel.write(bytes(10)).then(() => (written = true));
    await afterAllThatIsQueued();
    expect(written).toBe(false);
    const reader = channel[Symbol.asyncIterator]();
    await reader.next();
    await afterAllThatIsQueued();
    expect(written).toBe(false);
    void reader.next();
    await write;
  });

  it("gives the reader the chunk as it was, when the writer uses its memory again after each write", async () => {
    const channel = new Channel();
    const memory = bytes(1);
    const writing = (async () => {
      for (const value of [1, 2, 3]) {
        memory.fill(value);
        await channel.write(memory);
      }
      memory.fill(0);
      channel.end();
    })();
    const seen: number[] = [];
    for await (const chunk of channel) {
      await afterAllThatIsQueued();
      seen.push(...chunk);
    }
    await writing;
    expect(seen).toEqual([1, 2, 3]);
  });

  it("gives the reader the writer's error instead of an end", async () => {
    const channel = new Channel();
    void channel.write(bytes(1));
    channel.fail(new Error("the dump failed"));
    await expect(Array.fromAsync(channel)).rejects.toThrow("the dump failed");
  });

  it("lets the writer go on when the reader has left", async () => {
    const channel = new Channel();
    const write = channel.write(bytes(5));
    channel.close();
    await write;
    await channel.write(bytes(5));
  });

  it("lets a waiting writer go when it is failed from elsewhere", async () => {
    const channel = new Channel();
    const write = channel.write(bytes(5));
    channel.fail(new Error("cancelled"));
    await write;
  });
});

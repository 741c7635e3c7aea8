import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { bytesOf, patternBytes } from "../../test/contract/bytes.ts";
import { FakeClock } from "../../test/fakes/fake-clock.ts";
import { PacedStore } from "../../test/fakes/paced-store.ts";
import { recordOf } from "../../test/fakes/points.ts";
import { MINUTE, SECOND } from "../domain/instant.ts";
import { Destination } from "./destination.ts";
import { FanOut } from "./fan-out.ts";

const PIECE = 1024;
/** Of the buffer. */
const PIECES = 8;
const LOCK = { signal: new AbortController().signal, check: () => undefined };

function setUp(names: readonly string[] = ["fast", "slow"]) {
  const clock = new FakeClock();
  const stores = names.map((name) => new PacedStore({ name, clock }));
  const destinations = stores.map((store) => {
    return new Destination({ store, lock: LOCK, clock, signal: new AbortController().signal, prefix: "s/" });
  });
  const fanOut = new FanOut({ destinations, clock, buffer: PIECE * PIECES });
  const sink = fanOut.openObject("archive");
  let written = 0;
  /** Writes so many pieces, as far as it gets. */
  const write = async (pieces: number) => {
    for (let count = 0; count < pieces; count++) {
      await sink(patternBytes(written * PIECE, PIECE));
      written++;
    }
  };
  const [fast, slow] = stores as [PacedStore, PacedStore];
  const failures = () => destinations.map(({ failure }) => failure?.message);
  return { clock, fast, slow, stores, destinations, fanOut, sink, write, failures, written: () => written };
}

describe("stores that take one stream", () => {
  it("are at different places of it, within the buffer, and cost each other nothing", async () => {
    const { fast, write, failures, clock } = setUp();
    fast.allow(PIECES);
    await write(PIECES);
    expect(clock.monotonic()).toBe(0);
    expect(failures()).toEqual([undefined, undefined]);
  });

  it("are waited for together, when none is faster than the others", async () => {
    const { stores, write, written, clock, failures } = setUp();
    const writing = write(PIECES + 4);
    await clock.advance(4 * MINUTE);
    expect(written()).toBe(PIECES);
    expect(failures()).toEqual([undefined, undefined]);
    for (const store of stores) store.allow(PIECES);
    await writing;
  });

  it("each get what was written, at whatever pace they take it, also when the writer uses its memory again", async () => {
    const chunk = fc.record({
      size: fc.integer({ min: 0, max: 3 * PIECE }),
      first: fc.nat(3),
      second: fc.nat(3),
    });
    await fc.assert(
      fc.asyncProperty(fc.array(chunk, { maxLength: 15 }), async (chunks) => {
        const { fast, slow, sink, fanOut, destinations, clock } = setUp();
        const all = patternBytes(
          0,
          chunks.reduce((sum, { size }) => sum + size, 0),
        );
        const memory = new Uint8Array(3 * PIECE);
        let at = 0;
        for (const { size, first, second } of chunks) {
          memory.set(all.subarray(at, at + size));
          fast.allow(first);
          slow.allow(second);
          const wrote = sink(memory.subarray(0, size));
          fast.allow(4);
          slow.allow(4);
          await wrote;
          memory.fill(0);
          at += size;
        }
        for (const store of [fast, slow]) store.allow(1000);
        await Promise.all(destinations.map((destination) => fanOut.drained(destination)));
        await Promise.all(
          destinations.map((destination) =>
            destination.complete(recordOf("2026-11-20T03:00:00Z", { objects: [] })),
          ),
        );
        for (const store of [fast, slow])
          expect(await bytesOf(store.get("s/archive"))).toEqual(Buffer.from(all));
        expect(clock.monotonic()).toBe(0);
      }),
      { numRuns: 25 },
    );
  });
});

describe("a store that is behind by more than the buffer", () => {
  it("is let go when it has cost half a minute and a quarter of the run, and the others go on", async () => {
    const { fast, write, failures, clock, written } = setUp();
    fast.allow(1000);
    const writing = write(100);
    await clock.advance(39 * SECOND);
    expect(failures()).toEqual([undefined, undefined]);
    expect(written()).toBe(PIECES);
    await clock.advance(2 * SECOND);
    await writing;
    expect(failures()).toEqual([
      undefined,
      "Writing to store slow failed: it was more than 0.0078125 MiB behind the other stores for too long.",
    ]);
  });

  it("is let go in passing: a copy may bring it the point", async () => {
    const { fast, write, clock, destinations } = setUp();
    fast.allow(1000);
    const writing = write(100);
    await clock.advance(MINUTE);
    await writing;
    expect(destinations[1]?.failure).toMatchObject({ code: "timeout", transient: true });
  });

  it("is kept for as long as it makes the run a quarter longer at most, however long that takes", async () => {
    const { fast, slow, write, failures, clock } = setUp();
    fast.allow(10_000);
    await write(PIECES);
    for (let turn = 0; turn < 200; turn++) {
      await clock.advance(4 * SECOND);
      const writing = write(1);
      await clock.advance(SECOND);
      slow.allow(1);
      await writing;
    }
    expect(failures()).toEqual([undefined, undefined]);
  });

  it("is let go at once while somebody is held still: no time passes for it", async () => {
    const { fast, write, failures, clock, fanOut } = setUp();
    fast.allow(1000);
    const relax = fanOut.hurry();
    await write(100);
    relax();
    expect(clock.monotonic()).toBe(0);
    expect(failures()[1]).toMatch(/behind the other stores while services were held\.$/);
  });

  it("is let go at once when somebody is held still while it is waited for", async () => {
    const { fast, write, failures, clock, fanOut } = setUp();
    fast.allow(1000);
    const writing = write(100);
    await clock.advance(SECOND);
    fanOut.hurry();
    await writing;
    expect(clock.monotonic()).toBe(SECOND);
    expect(failures()[1]).toMatch(/while services were held/);
  });

  it("costs no other store anything when there are three, of which two keep up", async () => {
    const { stores, write, failures, clock } = setUp(["fast", "slow", "faster"]);
    stores[0]?.allow(1000);
    stores[2]?.allow(1000);
    const writing = write(100);
    await clock.advance(MINUTE);
    await writing;
    expect(failures()).toEqual([undefined, expect.stringMatching(/^Writing to store slow/), undefined]);
  });
});

describe("the last store", () => {
  it("is waited for: it sets the pace", async () => {
    const { fast, write, written, clock, failures } = setUp(["only"]);
    const writing = write(2);
    await clock.advance(4 * MINUTE);
    expect(written()).toBe(0);
    fast.allow(2);
    await writing;
    expect(failures()).toEqual([undefined]);
  });

  it("is waited for when the others have failed", async () => {
    const { slow, write, written, clock, destinations } = setUp();
    const writing = write(PIECES + 2);
    await clock.advance(MINUTE);
    destinations[0]?.letGo(new Error("the disk is gone"));
    await clock.advance(MINUTE);
    expect(written()).toBe(PIECES);
    slow.allow(100);
    await writing;
    expect(destinations[1]?.failure).toBeUndefined();
  });

  it("that takes nothing is given up after five minutes", async () => {
    const { write, clock, failures } = setUp();
    const writing = write(PIECES + 2);
    await clock.advance(6 * MINUTE);
    await writing;
    expect(failures()).toEqual([
      expect.stringContaining("no answer within 300 s"),
      expect.stringContaining("no answer within 300 s"),
    ]);
  });
});

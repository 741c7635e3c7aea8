import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { rdb } from "../../../test/fakes/rdb.ts";
import { KeyCounter } from "./count-keys.ts";

/** As a Redis 7.0.15 wrote it: every type of values, each small and large, keys that expire, a function, two databases. */
const REAL = Buffer.from(
  "UkVESVMwMDEw+glyZWRpcy12ZXIGNy4wLjE1+gpyZWRpcy1iaXRzwED6BWN0aW1lwsypAmv6CHVzZWQtbWVtwtDXEgD6DnJlcGwtc3RyZWFtLWRiwAD6B3JlcGwtaWQoMjkyY2ZiZmQxZGUwNzA1MDk2MTJhNDBiOWM3NTQ0N2E3OTJjZDFkM/oLcmVwbC1vZmZzZXTAAPoIYW9mLWJhc2XAAPVARiMhbHVhIG5hbWU9bXlsaWIKcmVkaXMucmVnaXN0ZXJfZnVuY3Rpb24oJ2YnLCBmdW5jdGlvbigpIHJldHVybiAxIGVuZCn+APsPAgUGc29ydGVkAwFiAAAAAAAAAEABYQAAAAAAAPA/AWMAAAAAAADw//x72MMsuwMAAAAEc29vbgF4BARoYXNoAwFjwAMBYcABAWLAAgsEaW50cwwCAAAAAgAAAAEAAgACB2xldHRlcnMDAWMBYQFiAAZwYWNrZWTDCkBQAmFiYeBCAQFhYgAGbnVtYmVywTkwEgVxdWV1ZQECDQ0AAAACAIFhAoFiAv8RBnJhbmtlZA8PAAAAAgCBbQKDMS41BP8QBXNtYWxsDQ0AAAACAIFmAoF2Av/8e+Ti0L4DAAAABWxhdGVyAXgTA2xvZwEQAAAAAAAAAAEAAAAAAAAAASgoAAAADwACAQABAQGBawIAAQIBAAEAAYF2AgQBAgEBAQABgXcCBAH/AgIBAQEAAAIBB3JlYWRlcnMCAQICAAAAAAAAAAEAAAAAAAAAAdgtZwKiAQAAAQAAAAAAAAACAAAAAAAAAAHYLWcCogEAAAEBA29uZdgtZwKiAQAAAgAAAAAAAAABAAAAAAAAAAEAAAAAAAAAAgAAAAAAAAABAgNzZXQCAXkBeBIEbG9uZwMCDQ0AAAACAIFhAoFiAv8CDQ0AAAACAIFjAoFkAv8CCgoAAAABAIFlAv8ABHRleHQFcGxhaW7+A/sCAfx75OLQvgMAAAAFbGF0ZXIBeRAGdXNlcjo3EhIAAAACAIRuYW1lBYNBZGEE//9sti27rAxHIg==",
  "base64",
);
/** Between the moments at which its keys expire. */
const LASTS_BEHIND = 4_110_000_000_000;
const REAL_COUNTS = new Map([
  [0, { keys: 15, expiring: 2, lasting: 1 }],
  [3, { keys: 2, expiring: 1, lasting: 1 }],
]);

function count(bytes: Uint8Array, chunkBytes = Math.max(1, bytes.length)) {
  const counter = new KeyCounter({ lastsBehind: LASTS_BEHIND });
  for (let at = 0; at < bytes.length; at += chunkBytes) {
    const chunk = Buffer.from(bytes.subarray(at, at + chunkBytes));
    counter.push(chunk);
    chunk.fill(0xff);
  }
  counter.finish();
  return counter.databases;
}

describe("the keys in an RDB", () => {
  it("are counted by database, with those that expire, in whichever pieces it comes, and in no part of it", () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 64 }), fc.nat(REAL.length - 1), (chunkBytes, end) => {
        expect(count(REAL, chunkBytes)).toEqual(REAL_COUNTS);
        expect(count(REAL.subarray(0, end), chunkBytes)).toBeUndefined();
      }),
    );
  });

  it("are none where there are none", () => {
    expect(count(rdb())).toEqual(new Map());
  });

  it("are not told where anything is behind its end, or of a type that is not known here", () => {
    expect(count(Buffer.concat([REAL, Buffer.from("x")]))).toBeUndefined();
    const bytes = rdb({ keys: { one: "1" } });
    const type = bytes.indexOf("\x03one") - 1;
    expect(bytes[type]).toBe(0);
    for (const unknown of [7, 22, 99, 0xf7]) {
      bytes.writeUInt8(unknown, type);
      expect(count(bytes)).toBeUndefined();
    }
  });

  it("do not end a backup of whatever else it may be", () => {
    fc.assert(fc.property(fc.uint8Array({ maxLength: 300 }), (bytes) => void count(bytes, 7)));
    fc.assert(
      fc.property(fc.nat(REAL.length - 1), fc.nat(255), (at, byte) => {
        const bytes = Buffer.from(REAL);
        bytes.writeUInt8(byte, at);
        count(bytes);
      }),
    );
  });
});

/** Bytes of an RDB, made without Redis; its checksum is worked out bit by bit. */

export interface RdbSpec {
  keys?: Readonly<Record<string, string>>;
  hasChecksum?: boolean;
}

const text = (value: string): Buffer => {
  const bytes = Buffer.from(value);
  const length =
    bytes.length < 64
      ? Buffer.from([bytes.length])
      : Buffer.from([64 + (bytes.length >> 8), bytes.length & 0xff]);
  return Buffer.concat([length, bytes]);
};
const aux = (name: string, value: Buffer): Buffer => Buffer.concat([Buffer.from([0xfa]), text(name), value]);

export function rdb({ keys = {}, hasChecksum = true }: RdbSpec = {}): Buffer {
  const entries = Object.entries(keys);
  const body = Buffer.concat([
    Buffer.from("REDIS0010"),
    aux("redis-ver", text("7.0.15")),
    aux("redis-bits", Buffer.from([0xc0, 64])),
    aux("ctime", Buffer.from([0xc2, 1, 2, 3, 4])),
    ...(entries.length === 0 ? [] : [Buffer.from([0xfe, 0, 0xfb, entries.length, 0])]),
    ...entries.map(([key, value]) => Buffer.concat([Buffer.from([0]), text(key), text(value)])),
    Buffer.from([0xff]),
  ]);
  const checksum = Buffer.alloc(8);
  if (hasChecksum) checksum.writeBigUInt64LE(slowCrc64(body));
  return Buffer.concat([body, checksum]);
}

export function slowCrc64(bytes: Uint8Array): bigint {
  let crc = 0n;
  for (const byte of bytes) {
    crc ^= BigInt(byte);
    for (let bit = 0; bit < 8; bit += 1)
      crc = (crc & 1n) === 1n ? (crc >> 1n) ^ 0x95ac9329ac4bc9b5n : crc >> 1n;
  }
  return crc;
}

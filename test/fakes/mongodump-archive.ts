/** Bytes of an archive of mongodump, made without MongoDB, as common/archive of its tools writes them. */

export interface ArchiveSpec {
  collections?: readonly {
    db: string;
    name: string;
    documents?: readonly string[];
    view?: boolean;
    stored?: string;
  }[];
}

type Field = string | number | bigint | boolean;
const TERMINATOR = Buffer.from([0xff, 0xff, 0xff, 0xff]);

const int = (value: number): Buffer => {
  const bytes = Buffer.alloc(4);
  bytes.writeInt32LE(value);
  return bytes;
};

function fieldBytes(name: string, value: Field): Buffer {
  const named = (type: number, bytes: Buffer): Buffer =>
    Buffer.concat([Buffer.from([type]), Buffer.from(`${name}\0`), bytes]);
  if (typeof value === "string")
    return named(2, Buffer.concat([int(Buffer.byteLength(value) + 1), Buffer.from(`${value}\0`)]));
  if (typeof value === "number") return named(0x10, int(value));
  if (typeof value === "boolean") return named(8, Buffer.from([value ? 1 : 0]));
  const bytes = Buffer.alloc(8);
  bytes.writeBigUInt64LE(value);
  return named(0x12, bytes);
}

export function bson(fields: Readonly<Record<string, Field>>): Buffer {
  const body = Buffer.concat(Object.entries(fields).map(([name, value]) => fieldBytes(name, value)));
  return Buffer.concat([int(body.length + 5), body, Buffer.from([0])]);
}

/** CRC-64 as Go's hash/crc64 works it out with its ECMA table, bit by bit. */
export function slowEcma(bytes: Uint8Array): bigint {
  let crc = 0xffffffffffffffffn;
  for (const byte of bytes) {
    crc ^= BigInt(byte);
    for (let bit = 0; bit < 8; bit += 1)
      crc = (crc & 1n) === 1n ? (crc >> 1n) ^ 0xc96c5795d7870f42n : crc >> 1n;
  }
  return crc ^ 0xffffffffffffffffn;
}

/** The documents of all collections take turns, two at a time, as when several are dumped at once. */
export function mongodumpArchive({ collections = [] }: ArchiveSpec = {}): Buffer {
  const withData = collections
    .filter(({ view = false }) => !view)
    .map(({ db, name, stored = name, documents = [] }) => ({
      ...{ db, collection: stored },
      documents: documents.map((text, at) => bson({ _id: at, text })),
    }));
  const blocks: Buffer[] = [];
  for (let turn = 0; withData.some(({ documents }) => turn * 2 < documents.length); turn += 1)
    for (const { db, collection, documents } of withData) {
      const part = documents.slice(turn * 2, turn * 2 + 2);
      if (part.length > 0) blocks.push(bson({ db, collection, EOF: false, CRC: 0n }), ...part, TERMINATOR);
    }
  for (const { db, collection, documents } of withData)
    blocks.push(bson({ db, collection, EOF: true, CRC: slowEcma(Buffer.concat(documents)) }), TERMINATOR);
  return Buffer.concat([
    Buffer.from([0x6d, 0xe2, 0x99, 0x81]),
    bson({ concurrent_collections: 4, version: "0.1", server_version: "7.0.14", tool_version: "100.10.0" }),
    ...collections.map(({ db, name, view = false }) =>
      bson({ db, collection: name, metadata: '{"indexes":[]}', size: 0, type: view ? "view" : "collection" }),
    ),
    TERMINATOR,
    ...blocks,
  ]);
}

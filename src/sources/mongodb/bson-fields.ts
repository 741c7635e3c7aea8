/** The fields of a small BSON document, as the headers in an archive of mongodump are. */

export type BsonFields = ReadonlyMap<string, string | number | bigint | boolean | undefined>;

/** Of the types that such headers have; throws, as a clause, for any other, and for what is no document. */
export function readFields(document: Buffer): BsonFields {
  const fields = new Map<string, string | number | bigint | boolean | undefined>();
  const end = document.length - 1;
  let at = 4;
  try {
    while (at < end) {
      const type = document.readUInt8(at);
      const nameEnd = document.indexOf(0, at + 1);
      const name = document.toString("utf8", at + 1, nameEnd);
      const { value, length } = readValue(document, type, nameEnd + 1);
      if (nameEnd === -1 || nameEnd + 1 + length > end) throw damaged();
      fields.set(name, value);
      at = nameEnd + 1 + length;
    }
  } catch (cause) {
    throw cause instanceof RangeError ? damaged() : cause;
  }
  if (document[end] !== 0) throw damaged();
  return fields;
}

function readValue(bytes: Buffer, type: number, at: number) {
  switch (type) {
    case 0x01:
      return { value: bytes.readDoubleLE(at), length: 8 };
    case 0x02: {
      const length = bytes.readInt32LE(at);
      if (length < 1 || bytes[at + 4 + length - 1] !== 0) throw damaged();
      return { value: bytes.toString("utf8", at + 4, at + 4 + length - 1), length: 4 + length };
    }
    case 0x08: {
      const value = bytes.readUInt8(at);
      if (value > 1) throw damaged();
      return { value: value === 1, length: 1 };
    }
    case 0x0a:
      return { value: undefined, length: 0 };
    case 0x10:
      return { value: bytes.readInt32LE(at), length: 4 };
    case 0x12:
      return { value: bytes.readBigInt64LE(at), length: 8 };
    default:
      throw damaged();
  }
}

function damaged(): Error {
  return new Error("it has a header that is none");
}

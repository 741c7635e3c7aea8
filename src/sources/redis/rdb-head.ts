/** The first fields of an RDB: its version, what the server says of itself, and whether any key follows. */

export interface RdbHead {
  /** Of the format, such as 10. */
  version: number;
  /** The server that wrote it. */
  server: string | undefined;
  /** Nothing but the end follows. Undefined: that cannot be told from so few bytes. */
  isEmpty: boolean | undefined;
}

const AUX = 0xfa;
const FUNCTIONS = 0xf5;
const SELECT_DB = 0xfe;
const END = 0xff;
const MAGIC = /^(?:REDIS(\d{4})|VALKEY(\d{3}))/;
export const MAGIC_BYTES = 9;

/** `bytes` may be cut anywhere. Throws, as a clause, what it is not. */
export function readHead(bytes: Buffer): RdbHead {
  const magic = MAGIC.exec(bytes.toString("latin1", 0, MAGIC_BYTES));
  if (magic === null) throw new Error("it is no RDB");
  const head: RdbHead = { version: Number(magic[1] ?? magic[2]), server: undefined, isEmpty: undefined };
  const fields = new Fields(bytes, MAGIC_BYTES);
  for (;;) {
    const kind = fields.byte();
    if (kind === AUX) {
      const name = fields.text();
      const value = fields.text();
      if (name === "redis-ver" || name === "valkey-ver") head.server = value;
    } else if (kind === FUNCTIONS) fields.text();
    else {
      if (kind === SELECT_DB || kind === END) head.isEmpty = kind === END;
      return head;
    }
  }
}

/** Undefined, from there on, where the bytes end. */
class Fields {
  readonly #bytes: Buffer;
  #at: number;

  constructor(bytes: Buffer, at: number) {
    this.#bytes = bytes;
    this.#at = at;
  }

  byte(): number | undefined {
    return this.#bytes[this.#at++];
  }

  /** Numbers are written shorter than as text; nobody wants those, or what is compressed. */
  text(): string | undefined {
    const first = this.byte() ?? 0;
    const small = first & 0x3f;
    switch (first >>> 6) {
      case 0:
        return this.#take(small);
      case 1:
        return this.#take(small * 256 + (this.byte() ?? 0));
      case 2:
        return this.#take(Number(`0x${this.#hex(small === 0 ? 4 : 8)}`));
      default:
        // 8, 16 or 32 bits; else it is compressed, and all that follows is unknown.
        return this.#skip(small < 3 ? 2 ** small : Infinity);
    }
  }

  #take(length: number): string | undefined {
    const text = this.#bytes.toString("utf8", this.#at, this.#at + length);
    this.#at += length;
    return text;
  }

  #skip(length: number): undefined {
    this.#at += length;
    return undefined;
  }

  #hex(length: number): string {
    const text = this.#bytes.toString("hex", this.#at, this.#at + length);
    this.#at += length;
    return text === "" ? "0" : text;
  }
}

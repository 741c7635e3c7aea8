/** What an archive of mongodump says that it holds, against what is in it. */
import type { Crc64 } from "../../dump/crc64.ts";
import type { DumpFacts } from "../../dump/dump-kind.ts";
import type { BsonFields } from "./bson-fields.ts";

interface Collection {
  crc: Crc64;
  isEnded: boolean;
}

/** The server's own. */
const OWN = new Set(["", "admin", "config", "local"]);
/** Before the name of a collection in which the server keeps a time series. */
const BUCKETS = "system.buckets.";

export class ArchiveContents {
  readonly #newCrc: () => Crc64;
  readonly #collections = new Map<string, Collection>();
  /** By name, with the names under which their data may be. */
  readonly #expected = new Map<string, readonly string[]>();
  #current: Collection | undefined;
  #documents = 0;
  #objects = 0;
  #views = 0;
  #server = "unknown";
  #tool = "unknown";

  constructor(newCrc: () => Crc64) {
    this.#newCrc = newCrc;
  }

  setVersions(fields: BsonFields): void {
    this.#server = String(fields.get("server_version") ?? this.#server);
    this.#tool = String(fields.get("tool_version") ?? this.#tool);
  }

  /** The prelude names a collection or a view. */
  expect(fields: BsonFields): void {
    const { db, collection } = nameIn(fields);
    const isView = fields.get("type") === "view" || /"viewOn"\s*:/.test(String(fields.get("metadata") ?? ""));
    if (isView) this.#views += 1;
    else this.#expected.set(`${db}.${collection}`, [`${db}.${collection}`, `${db}.${BUCKETS}${collection}`]);
    if (!OWN.has(db)) this.#objects += 1;
  }

  /** A block begins. False: it is the end of its collection, and has no documents. */
  open(fields: BsonFields): boolean {
    const { db, collection } = nameIn(fields);
    const name = `${db}.${collection}`;
    const known = this.#collections.get(name) ?? { crc: this.#newCrc(), isEnded: false };
    this.#collections.set(name, known);
    if (known.isEnded) throw new Error(`it has more of collection ${name} behind that one's end`);
    const [isEnd, crc] = [fields.get("EOF"), fields.get("CRC")];
    if (typeof isEnd !== "boolean" || typeof crc !== "bigint" || (!isEnd && crc !== 0n))
      throw new Error("it has a header that is none");
    if (!isEnd) {
      this.#current = known;
      return true;
    }
    known.isEnded = true;
    if (BigInt.asUintN(64, crc) !== known.crc.digest())
      throw new Error(`the CRC-64 of collection ${name} is not that of its documents`);
    return false;
  }

  /** A document begins with these bytes, its length. */
  begin(length: Buffer): void {
    this.#documents += 1;
    this.add(length);
  }

  add(bytes: Buffer): void {
    this.#current?.crc.update(bytes);
  }

  finish(): DumpFacts {
    const open = [...this.#collections].flatMap(([name, { isEnded }]) => (isEnded ? [] : name));
    const missing = [...this.#expected].flatMap(([name, names]) =>
      names.some((possible) => this.#collections.has(possible)) ? [] : name,
    );
    const [first] = [...open, ...missing];
    if (first !== undefined)
      throw new Error(
        `${open.length + missing.length} of its collections do not come to their end, the first being ${first}`,
      );
    const facts = { collections: this.#expected.size, views: this.#views, documents: this.#documents };
    return { objects: this.#objects, facts: { ...facts, server: this.#server, tool: this.#tool } };
  }
}

function nameIn(fields: BsonFields): { db: string; collection: string } {
  const [db, collection] = [fields.get("db"), fields.get("collection")];
  if (typeof db !== "string" || typeof collection !== "string")
    throw new Error("it has a header that is none");
  return { db, collection };
}

/** What an archive of mongodump says that it holds, against what is in it. */
import type { Crc64 } from "../../dump/crc64.ts";
import type { DumpFacts } from "../../dump/dump-kind.ts";
import type { BsonFields } from "./bson-fields.ts";

interface Collection {
  db: string;
  name: string;
  crc: Crc64;
  isEnded: boolean;
  documents: number;
}

/** The server's own. */
const OWN = new Set(["", "admin", "config", "local"]);
/** Before the name of a collection in which the server keeps a time series. */
const BUCKETS = "system.buckets.";
/** How mongodump calls what happened while it ran, in no database. */
const OPLOG = ".oplog";

export interface CountedCollection {
  db: string;
  name: string;
  documents: number;
}

export class ArchiveContents {
  readonly #newCrc: () => Crc64;
  readonly #collections = new Map<string, Collection>();
  /** By name, with the names under which their data may be. */
  readonly #expected = new Map<string, readonly string[]>();
  #current: Collection | undefined;
  #objects = 0;
  #views = 0;
  #server = "unknown";
  #tool = "unknown";

  constructor(newCrc: () => Crc64) {
    this.#newCrc = newCrc;
  }

  /** Of the databases that are no server's own, but for what is kept as a time series. Known when the archive has ended. */
  get counted(): CountedCollection[] {
    return this.#collections
      .values()
      .filter(({ db, name }) => !OWN.has(db) && !name.startsWith("system."))
      .map(({ db, name, documents }) => ({ db, name, documents }))
      .toArray();
  }

  /** Something happened while it was dumped, which is done again when it is restored. */
  get hasOplog(): boolean {
    return (this.#collections.get(OPLOG)?.documents ?? 0) > 0;
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
    const fresh = { db, name: collection, crc: this.#newCrc(), isEnded: false, documents: 0 };
    const known = this.#collections.get(name) ?? fresh;
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
    if (this.#current !== undefined) this.#current.documents += 1;
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
    const documents = this.#collections.values().reduce((sum, { documents: count }) => sum + count, 0);
    const facts = { collections: this.#expected.size, views: this.#views, documents };
    return { objects: this.#objects, facts: { ...facts, server: this.#server, tool: this.#tool } };
  }
}

function nameIn(fields: BsonFields): { db: string; collection: string } {
  const [db, collection] = [fields.get("db"), fields.get("collection")];
  if (typeof db !== "string" || typeof collection !== "string")
    throw new Error("it has a header that is none");
  return { db, collection };
}

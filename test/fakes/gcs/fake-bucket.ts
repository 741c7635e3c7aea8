/** The objects of a bucket and the rules of Cloud Storage about them: generations, preconditions, holds, retention. */
import { Crc32c } from "../../../src/stores/gcs/crc32c.ts";

export interface FakeObject {
  name: string;
  generation: string;
  bytes: Buffer;
  /** What it was sent with: contentType, metadata, storageClass. */
  sent: Readonly<Record<string, unknown>>;
  size: number;
  crc32c: string;
  timeCreated: string;
  /** In RFC 3339. */
  retainUntil?: string;
  retentionExpires?: string;
  temporaryHold?: boolean;
}

/** An error answer. */
export class FakeRefusal extends Error {
  readonly status: number;
  readonly reason: string;

  constructor(status: number, reason: string, message: string) {
    super(message);
    this.status = status;
    this.reason = reason;
  }
}

export interface Content {
  bytes: Buffer;
  size: number;
  crc32c: string;
}

export function contentOf(bytes: Buffer): Content {
  const digest = new Crc32c();
  digest.update(bytes);
  return { bytes, size: bytes.byteLength, crc32c: digest.toBase64() };
}

export class FakeBucket {
  readonly name: string;
  readonly objects = new Map<string, FakeObject>();
  /** Until when the bucket's policy keeps everything. */
  retentionExpires: string | undefined;
  /** Takes bytes whatever digest they are sent with. */
  ignoresDigests = false;
  #generation = 1_700_000_000_000_000;
  #sorted: FakeObject[] | undefined;

  constructor(name: string) {
    this.name = name;
  }

  assertCondition(name: string, ifGenerationMatch: string | undefined): void {
    const current = this.objects.get(name)?.generation ?? "0";
    if (ifGenerationMatch === undefined || ifGenerationMatch === current) return;
    const message = "At least one of the pre-conditions you specified did not hold.";
    throw new FakeRefusal(412, "conditionNotMet", message);
  }

  assertDigest(claimed: string | undefined, computed: string): void {
    if (this.ignoresDigests || claimed === undefined || claimed === computed) return;
    const message = `Provided CRC32C "${claimed}" doesn't match calculated CRC32C "${computed}".`;
    throw new FakeRefusal(400, "invalid", message);
  }

  create(name: string, content: Content, sent: Readonly<Record<string, unknown>>): FakeObject {
    const existing = this.objects.get(name);
    if (existing !== undefined) this.#assertFree(existing);
    const generation = String(++this.#generation);
    const timeCreated = new Date().toISOString();
    const object: FakeObject = { name, generation, ...content, sent, timeCreated };
    if (this.retentionExpires !== undefined) object.retentionExpires = this.retentionExpires;
    this.objects.set(name, object);
    this.#sorted = undefined;
    return object;
  }

  find(name: string, generation: string | undefined): FakeObject {
    const object = this.objects.get(name);
    if (object !== undefined && (generation ?? object.generation) === object.generation) return object;
    throw new FakeRefusal(404, "notFound", `No such object: ${this.name}/${name}`);
  }

  delete(name: string, generation: string | undefined): void {
    const object = this.find(name, generation);
    this.#assertFree(object);
    this.drop(object.name);
  }

  /** Loses it without anybody being told. */
  drop(name: string): void {
    this.objects.delete(name);
    this.#sorted = undefined;
  }

  /** A page in the order of the names' UTF-8 bytes, of those after `after`. */
  page(prefix: string, after: string | undefined, count: number): { items: FakeObject[]; more: boolean } {
    this.#sorted ??= [...this.objects.values()].sort((a, b) =>
      Buffer.compare(Buffer.from(a.name), Buffer.from(b.name)),
    );
    const from = after === undefined ? 0 : this.#sorted.findIndex(({ name }) => isAfter(name, after));
    const rest = from < 0 ? [] : this.#sorted.slice(from).filter(({ name }) => name.startsWith(prefix));
    return { items: rest.slice(0, count), more: rest.length > count };
  }

  #assertFree({ name, retainUntil, retentionExpires, temporaryHold }: FakeObject): void {
    if (temporaryHold === true) {
      const message = `Object '${this.name}/${name}' is under active Temporary hold and cannot be deleted, overwritten or archived until hold is removed.`;
      throw new FakeRefusal(403, "objectUnderActiveHold", message);
    }
    const until = [retainUntil, retentionExpires].filter(
      (time) => time !== undefined && Date.parse(time) > Date.now(),
    );
    if (until.length === 0) return;
    const message = `Object '${this.name}/${name}' is subject to bucket's retention policy or object retention and cannot be deleted or overwritten until ${until.sort().at(-1)}`;
    throw new FakeRefusal(403, "retentionPolicyNotMet", message);
  }
}

function isAfter(name: string, other: string): boolean {
  return Buffer.compare(Buffer.from(name), Buffer.from(other)) > 0;
}

/** The resource as the API writes it. */
export function resourceOf(object: FakeObject, bucket: string): Record<string, unknown> {
  const { name, generation, size, crc32c, timeCreated, sent, temporaryHold } = object;
  return {
    ...{ kind: "storage#object", id: `${bucket}/${name}/${generation}`, bucket, name, generation },
    ...{ metageneration: "1", size: String(size), crc32c, timeCreated, updated: timeCreated },
    ...{ contentType: sent["contentType"] ?? "text/plain", storageClass: sent["storageClass"] ?? "STANDARD" },
    ...(sent["metadata"] === undefined ? {} : { metadata: sent["metadata"] }),
    ...(object.retainUntil && { retention: { mode: "Locked", retainUntilTime: object.retainUntil } }),
    ...(object.retentionExpires && { retentionExpirationTime: object.retentionExpires }),
    ...(temporaryHold === undefined ? {} : { temporaryHold }),
  };
}

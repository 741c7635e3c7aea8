/** The content of a fake bucket: objects, uploads in parts, locks. */
import { createHash, randomUUID } from "node:crypto";
import { S3Failure } from "./failure.ts";

export interface FakeObject {
  bytes: Buffer;
  etag: string;
  modifiedAt: number;
  headers: Record<string, string>;
  lockedUntil?: number;
  isHeld?: boolean;
}

interface FakeUpload {
  key: string;
  headers: Record<string, string>;
  begunAt: number;
  parts: Map<number, { bytes: Buffer; etag: string }>;
}

export interface BucketRules {
  /** S3's own is 5 MiB; smaller for tests that send little. */
  smallestPart: number;
  mostParts: number;
  equalParts: boolean;
}

export class FakeBucket {
  readonly objects = new Map<string, FakeObject>();
  readonly uploads = new Map<string, FakeUpload>();
  /** A delete hides an object, whose bytes stay. */
  hidden = 0;
  readonly #rules: BucketRules;

  constructor(rules: BucketRules) {
    this.#rules = rules;
  }

  put(key: string, object: Omit<FakeObject, "etag">): FakeObject {
    const stored = { ...object, etag: `"${md5(object.bytes).toString("hex")}"` };
    this.objects.set(key, stored);
    return stored;
  }

  delete(key: string, now: number): void {
    const found = this.objects.get(key);
    if (found === undefined) return;
    if (found.isHeld === true || (found.lockedUntil ?? 0) > now) this.hidden++;
    this.objects.delete(key);
  }

  begin(key: string, headers: Record<string, string>, now: number): string {
    const id = randomUUID();
    this.uploads.set(id, { key, headers, begunAt: now, parts: new Map() });
    return id;
  }

  upload(id: string): FakeUpload {
    const found = this.uploads.get(id);
    if (found === undefined) throw new S3Failure(404, "NoSuchUpload", "The upload does not exist");
    return found;
  }

  addPart(id: string, number: number, bytes: Buffer): string {
    if (number < 1 || number > this.#rules.mostParts) {
      throw new S3Failure(400, "InvalidArgument", "Part number must be in range");
    }
    const etag = `"${md5(bytes).toString("hex")}"`;
    this.upload(id).parts.set(number, { bytes, etag });
    return etag;
  }

  /** `list` is what the client says that it has sent. */
  complete(id: string, list: { number: number; etag: string }[], now: number): FakeObject {
    const { key, headers, parts } = this.upload(id);
    const chosen = list.map(({ number, etag }) => {
      const part = parts.get(number);
      if (part?.etag !== etag) throw new S3Failure(400, "InvalidPart", "A part could not be found");
      return part;
    });
    const sizes = chosen.slice(0, -1).map(({ bytes }) => bytes.byteLength);
    if (sizes.some((size) => size < this.#rules.smallestPart)) {
      throw new S3Failure(400, "EntityTooSmall", "A part is smaller than the least size");
    }
    if (this.#rules.equalParts && new Set(sizes).size > 1) {
      throw new S3Failure(400, "InvalidPart", "All parts but the last must have the same length");
    }
    const bytes = Buffer.concat(chosen.map((part) => part.bytes));
    const digest = md5(Buffer.concat(chosen.map((part) => md5(part.bytes)))).toString("hex");
    const object = { bytes, headers, modifiedAt: now, etag: `"${digest}-${chosen.length}"` };
    this.objects.set(key, object);
    this.uploads.delete(id);
    return object;
  }
}

function md5(bytes: Buffer): Buffer {
  return createHash("md5").update(bytes).digest();
}

/** What the fake's methods answer. */
import type { Call } from "../google/api-contract.ts";
import { contentOf, FakeRefusal, resourceOf, type FakeBucket, type FakeObject } from "./fake-bucket.ts";

export interface Answer {
  status: number;
  headers?: Record<string, string>;
  /** A buffer is content, anything else JSON. */
  body?: Buffer | Record<string, unknown>;
}

const MAX_PAGE = 1000;

export class FakeApi {
  readonly #bucket: FakeBucket;
  readonly rights = new Set([
    ...["create", "get", "list", "delete"].map((right) => `storage.objects.${right}`),
    "storage.buckets.get",
  ]);
  principal = "backup@acme.iam.gserviceaccount.com";
  pageSize = MAX_PAGE;

  constructor(bucket: FakeBucket) {
    this.#bucket = bucket;
  }

  resource(object: FakeObject): Record<string, unknown> {
    return resourceOf(object, this.#bucket.name);
  }

  assertBucket(name: string | undefined): void {
    if (name === this.#bucket.name) return;
    throw new FakeRefusal(404, "notFound", "The specified bucket does not exist.");
  }

  assertRight(right: string): void {
    if (this.rights.has(right)) return;
    const message = `${this.principal} does not have ${right} access to the Google Cloud Storage object. Permission '${right}' denied on resource (or it may not exist).`;
    throw new FakeRefusal(403, "forbidden", message);
  }

  answer(
    { method, values }: Call,
    resource: Record<string, unknown> | undefined,
    bytes: Buffer | undefined,
  ): Answer {
    const value = (name: string) => values.get(name)?.[0];
    this.assertBucket(value("bucket"));
    const name = value("object") ?? "";
    switch (method.id) {
      case "storage.objects.insert":
        return this.#insert(resource ?? {}, bytes ?? Buffer.alloc(0), value("ifGenerationMatch"));
      case "storage.objects.get":
        this.assertRight("storage.objects.get");
        return this.#get(this.#bucket.find(name, value("generation")), value("alt") === "media");
      case "storage.objects.list":
        this.assertRight("storage.objects.list");
        return this.#list(value("prefix") ?? "", value("pageToken"), Number(value("maxResults") ?? MAX_PAGE));
      case "storage.objects.delete":
        this.assertRight("storage.objects.delete");
        this.#bucket.delete(name, value("generation"));
        return { status: 204 };
      case "storage.buckets.testIamPermissions": {
        const permissions = values.get("permissions")?.filter((right) => this.rights.has(right));
        return { status: 200, body: { kind: "storage#testIamPermissionsResponse", permissions } };
      }
      default:
        return { status: 200, body: this.#describe() };
    }
  }

  #insert(resource: Record<string, unknown>, bytes: Buffer, ifGenerationMatch: string | undefined): Answer {
    this.assertRight("storage.objects.create");
    const name = String(resource["name"]);
    this.#bucket.assertCondition(name, ifGenerationMatch);
    if (this.#bucket.objects.has(name)) this.assertRight("storage.objects.delete");
    const content = contentOf(Buffer.from(bytes));
    this.#bucket.assertDigest(resource["crc32c"] as string | undefined, content.crc32c);
    return { status: 200, body: this.resource(this.#bucket.create(name, content, resource)) };
  }

  #get(object: FakeObject, isMedia: boolean): Answer {
    if (!isMedia) return { status: 200, body: this.resource(object) };
    const { generation, crc32c, bytes, size } = object;
    const headers = {
      "x-goog-generation": generation,
      "x-goog-hash": `crc32c=${crc32c},md5=AAAAAAAAAAAAAAAAAAAAAA==`,
      "x-goog-stored-content-length": String(size),
    };
    return { status: 200, headers, body: bytes };
  }

  #list(prefix: string, pageToken: string | undefined, maxResults: number): Answer {
    const after = pageToken === undefined ? undefined : Buffer.from(pageToken, "base64url").toString("utf8");
    const { items, more } = this.#bucket.page(prefix, after, Math.min(maxResults, this.pageSize));
    const last = items.at(-1)?.name ?? "";
    return {
      status: 200,
      body: {
        kind: "storage#objects",
        ...(more ? { nextPageToken: Buffer.from(last).toString("base64url") } : {}),
        ...(items.length === 0 ? {} : { items: items.map((object) => this.resource(object)) }),
      },
    };
  }

  #describe(): Record<string, unknown> {
    const { name, retentionExpires } = this.#bucket;
    this.assertRight("storage.buckets.get");
    const retentionPolicy = { retentionPeriod: "2592000", effectiveTime: "2026-01-01T00:00:00Z" };
    return {
      ...{ kind: "storage#bucket", id: name, name, storageClass: "STANDARD" },
      softDeletePolicy: { retentionDurationSeconds: "604800" },
      ...(retentionExpires === undefined ? {} : { retentionPolicy }),
    };
  }
}

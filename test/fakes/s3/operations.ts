/** What a fake S3 does for each request that it understands. */
import type { IncomingMessage } from "node:http";
import type { FakeBucket, FakeObject } from "./bucket.ts";
import { S3Failure } from "./failure.ts";

export interface Exchange {
  request: IncomingMessage;
  key: string;
  query: URLSearchParams;
  body: Buffer;
  now: number;
}

export interface Reply {
  status?: number;
  headers?: Record<string, string>;
  body?: string | Buffer;
}

export type Operation = (bucket: FakeBucket, exchange: Exchange) => Reply;

/** Names of the API, in the order in which they are recognised. */
export function operationOf(
  { method = "GET", headers }: IncomingMessage,
  key: string,
  query: URLSearchParams,
): string {
  if (key === "") {
    if (query.has("uploads")) return "ListMultipartUploads";
    return method === "HEAD" ? "HeadBucket" : method === "PUT" ? "CreateBucket" : "ListObjectsV2";
  }
  if (query.has("uploads")) return "CreateMultipartUpload";
  if (!query.has("uploadId")) {
    const plain = { GET: "GetObject", HEAD: "HeadObject", PUT: "PutObject", DELETE: "DeleteObject" };
    return plain[method as keyof typeof plain] ?? "Unknown";
  }
  const ofUpload = {
    ...{ PUT: headers["x-amz-copy-source"] === undefined ? "UploadPart" : "UploadPartCopy" },
    ...{ POST: "CompleteMultipartUpload" },
    DELETE: "AbortMultipartUpload",
  };
  return ofUpload[method as keyof typeof ofUpload] ?? "Unknown";
}

export const RIGHTS: Readonly<Record<string, string>> = {
  ...{ GetObject: "s3:GetObject", HeadObject: "s3:GetObject", PutObject: "s3:PutObject" },
  ...{ CreateMultipartUpload: "s3:PutObject", UploadPart: "s3:PutObject" },
  UploadPartCopy: "s3:PutObject",
  ...{ CompleteMultipartUpload: "s3:PutObject", DeleteObject: "s3:DeleteObject" },
  AbortMultipartUpload: "s3:AbortMultipartUpload",
  ...{ ListObjectsV2: "s3:ListBucket", HeadBucket: "s3:ListBucket" },
  ListMultipartUploads: "s3:ListBucketMultipartUploads",
};

export const OPERATIONS: Readonly<Record<string, Operation>> = {
  HeadBucket: () => ({}),

  PutObject: (bucket, { request, key, body, now }) => {
    const { etag } = bucket.put(key, { bytes: body, modifiedAt: now, headers: keptHeaders(request) });
    return { headers: { etag } };
  },

  HeadObject: (bucket, { key }) => {
    const object = bucket.objects.get(key);
    if (object === undefined) throw new S3Failure(404, "NoSuchKey", "");
    return { headers: { ...describe(object), "content-length": String(object.bytes.byteLength) } };
  },

  GetObject: (bucket, { request, key }) => {
    const object = bucket.objects.get(key);
    if (object === undefined) throw new S3Failure(404, "NoSuchKey", "The specified key does not exist");
    const condition = request.headers["if-match"];
    if (condition !== undefined && condition !== object.etag) {
      throw new S3Failure(412, "PreconditionFailed", "A precondition did not hold");
    }
    return ranged(object, request.headers.range);
  },

  DeleteObject: (bucket, { key, now }) => {
    bucket.delete(key, now);
    return { status: 204 };
  },

  CreateMultipartUpload: (bucket, { request, key, now }) => {
    const id = bucket.begin(key, keptHeaders(request), now);
    return xml("InitiateMultipartUploadResult", `<Key>${escape(key)}</Key><UploadId>${id}</UploadId>`);
  },

  UploadPart: (bucket, { query, body }) => {
    const etag = bucket.addPart(idOf(query), Number(query.get("partNumber")), body);
    return { headers: { etag } };
  },

  UploadPartCopy: (bucket, { request, query }) => {
    const [, ...key] = decodeURIComponent(String(request.headers["x-amz-copy-source"])).split("/");
    const source = bucket.objects.get(key.join("/"));
    if (source === undefined) throw new S3Failure(404, "NoSuchKey", "The source of the copy does not exist");
    const etag = bucket.addPart(idOf(query), Number(query.get("partNumber")), source.bytes);
    return xml("CopyPartResult", `<ETag>${escape(etag)}</ETag>`);
  },

  CompleteMultipartUpload: (bucket, { query, body, now }) => {
    const parts = [...body.toString().matchAll(/<Part>(.*?)<\/Part>/gs)].map(([, part = ""]) => ({
      number: Number(/<PartNumber>(\d+)</.exec(part)?.[1]),
      etag: (/<ETag>(.*?)</.exec(part)?.[1] ?? "").replaceAll("&quot;", '"'),
    }));
    const { etag } = bucket.complete(idOf(query), parts, now);
    return xml("CompleteMultipartUploadResult", `<ETag>${escape(etag)}</ETag>`);
  },

  AbortMultipartUpload: (bucket, { query }) => {
    bucket.upload(idOf(query));
    bucket.uploads.delete(idOf(query));
    return { status: 204 };
  },

  ListMultipartUploads: (bucket, { query }) => {
    const uploads = [...bucket.uploads].filter(([, { key }]) => key.startsWith(query.get("prefix") ?? ""));
    const found = uploads.map(
      ([id, { key, begunAt }]) =>
        `<Upload><Key>${inUrl(key)}</Key><UploadId>${id}</UploadId><Initiated>${iso(begunAt)}</Initiated></Upload>`,
    );
    const body = `<EncodingType>url</EncodingType><IsTruncated>false</IsTruncated>${found.join("")}`;
    return xml("ListMultipartUploadsResult", body);
  },

  ListObjectsV2: (bucket, { query }) => {
    const after = query.get("continuation-token") ?? "";
    const most = Number(query.get("max-keys") ?? 1000);
    const keys = [...bucket.objects.keys()]
      .filter((key) => key.startsWith(query.get("prefix") ?? ""))
      .map((key) => Buffer.from(key))
      .filter((key) => after === "" || Buffer.compare(key, Buffer.from(after, "hex")) > 0)
      .sort((a, b) => a.compare(b))
      .map((key) => key.toString());
    const page = keys.slice(0, most);
    const isMore = keys.length > page.length;
    const token = isMore ? Buffer.from(page.at(-1) ?? "").toString("hex") : "";
    const next = isMore ? `<NextContinuationToken>${token}</NextContinuationToken>` : "";
    const contents = page.map((key) => listed(key, bucket.objects.get(key)));
    const body = `<EncodingType>url</EncodingType><IsTruncated>${isMore}</IsTruncated>${next}${contents.join("")}`;
    return xml("ListBucketResult", body);
  },
};

function listed(key: string, object: FakeObject | undefined): string {
  const { bytes, modifiedAt, etag } = object ?? { bytes: Buffer.alloc(0), modifiedAt: 0, etag: "" };
  return `<Contents><Key>${inUrl(key)}</Key><ETag>${escape(etag)}</ETag><Size>${bytes.byteLength}</Size><LastModified>${iso(modifiedAt)}</LastModified></Contents>`;
}

function ranged(object: FakeObject, range: string | undefined): Reply {
  const { bytes } = object;
  const match = /^bytes=(\d+)-(\d*)$/.exec(range ?? "");
  if (match === null) return { headers: describe(object), body: bytes };
  const start = Number(match[1]);
  const end = Math.min(match[2] === "" ? Infinity : Number(match[2]) + 1, bytes.byteLength);
  if (start >= bytes.byteLength) throw new S3Failure(416, "InvalidRange", "The range is not satisfiable");
  const headers = { ...describe(object), "content-range": `bytes ${start}-${end - 1}/${bytes.byteLength}` };
  return { status: 206, headers, body: bytes.subarray(start, end) };
}

function describe({ etag, modifiedAt, headers, lockedUntil, isHeld }: FakeObject): Record<string, string> {
  return {
    ...{ etag, "last-modified": new Date(modifiedAt).toUTCString(), ...headers },
    ...(lockedUntil === undefined ? {} : { "x-amz-object-lock-retain-until-date": iso(lockedUntil) }),
    ...(isHeld === true ? { "x-amz-object-lock-legal-hold": "ON" } : {}),
  };
}

function keptHeaders({ headers }: IncomingMessage): Record<string, string> {
  const kept = Object.entries(headers).filter(([name]) =>
    /^x-amz-(meta-|storage-class|server-side-encryption)/.test(name),
  );
  return Object.fromEntries(kept.map(([name, value]) => [name, String(value)]));
}

function idOf(query: URLSearchParams): string {
  return query.get("uploadId") ?? "";
}

function xml(root: string, content: string): Reply {
  return {
    headers: { "content-type": "application/xml" },
    body: `<?xml version="1.0"?><${root}>${content}</${root}>`,
  };
}

function escape(text: string): string {
  return text
    .replaceAll("&", "&amp;")
    .replaceAll("<", "&lt;")
    .replaceAll(">", "&gt;")
    .replaceAll('"', "&quot;");
}

/** As Amazon's writes names: a space is a plus. */
function inUrl(key: string): string {
  return encodeURIComponent(key).replaceAll("%20", "+").replaceAll("%2F", "/");
}

function iso(instant: number): string {
  return new Date(instant).toISOString();
}

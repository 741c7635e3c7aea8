/** Every object under a prefix, page by page, in the order that the port promises. */
import type { ListObjectsV2CommandOutput, _Object } from "@aws-sdk/client-s3";
import { HoldfastError } from "../../domain/errors.ts";
import type { StoredObject } from "../../ports/store.ts";
import { compareKeys, isKeySegment } from "../object-key.ts";
import { wholeSeconds } from "./heads.ts";
import { PIECES_FOLDER } from "./piece-names.ts";
import type { Call, S3Connection } from "./s3-connection.ts";

export interface ListRequest {
  call: Call;
  /** As the bucket knows it; it begins with the store's own prefix, which is not a part of the port's keys. */
  prefix: string;
  ownPrefix: string;
  pageSize: number;
}

/** Names that are no keys of ours are left out: pieces of objects, markers of folders, names with control characters. */
export async function* listObjects(
  connection: S3Connection,
  request: ListRequest,
): AsyncGenerator<StoredObject, void, undefined> {
  const { call, prefix, ownPrefix } = request;
  let last: string | undefined;
  for await (const page of pages(connection, request)) {
    for (const found of page.Contents ?? []) {
      const fullKey = nameOf(found.Key ?? "", page.EncodingType);
      if (!fullKey.startsWith(prefix)) throw confused(call.what, `it lists ${fullKey} under ${prefix}`);
      if (last !== undefined && compareKeys(fullKey, last) <= 0) {
        throw confused(call.what, "it does not list in the order of names");
      }
      last = fullKey;
      const object = describe(fullKey.slice(ownPrefix.length), found);
      if (object !== undefined) yield object;
    }
  }
}

async function* pages(
  connection: S3Connection,
  { call, prefix, pageSize }: ListRequest,
): AsyncGenerator<ListObjectsV2CommandOutput, void, undefined> {
  let token: string | undefined;
  do {
    const input = {
      ...{ Bucket: connection.bucket, Prefix: prefix, MaxKeys: pageSize, EncodingType: "url" as const },
      ...(token === undefined ? {} : { ContinuationToken: token }),
    };
    const page = await connection.run(call, (client, options) => client.listObjectsV2(input, options));
    yield page;
    const next = page.IsTruncated === true ? page.NextContinuationToken : undefined;
    if (page.IsTruncated === true && (next === undefined || next === token)) {
      throw confused(call.what, "its listing does not go on after a page");
    }
    token = next;
  } while (token !== undefined);
}

/** In XML a name with some characters cannot be told, so it comes as in a URL, `+` for a space with some servers. */
export function nameOf(text: string, encoding: string | undefined): string {
  return encoding === "url" ? decodeURIComponent(text.replaceAll("+", " ")) : text;
}

function describe(key: string, { Size, LastModified, ETag }: _Object): StoredObject | undefined {
  if (key.startsWith(PIECES_FOLDER) || !key.split("/").every(isKeySegment)) return undefined;
  const version = ETag === undefined ? {} : { version: ETag };
  return { key, size: Size ?? 0, modifiedAt: wholeSeconds(LastModified), ...version };
}

function confused(what: string, why: string): HoldfastError {
  return new HoldfastError("store", { what, why, next: "use a bucket of a server that lists as S3 does" });
}

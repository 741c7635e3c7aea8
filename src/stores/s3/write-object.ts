/** Writes a body of any size: a small one by one request, any other in parts. */
import type { StoredObject } from "../../ports/store.ts";
import { metadataOf } from "./heads.ts";
import { MultipartUpload } from "./multipart.ts";
import type { UploadContext } from "./part-upload.ts";
import { PartReader } from "./part-reader.ts";
import { Publisher } from "./publish.ts";
import { placement } from "./request-fields.ts";

export async function writeObject(
  context: UploadContext,
  chunks: AsyncIterable<Uint8Array>,
): Promise<StoredObject> {
  const reader = new PartReader(chunks);
  try {
    const first = await reader.next(context.parts.options.partSize);
    if (!first.isLast) return await new MultipartUpload(context, reader).run(first);
    return await writeWhole(context, first.bytes);
  } finally {
    await reader.close();
  }
}

function writeWhole({ parts, put }: UploadContext, bytes: Uint8Array): Promise<StoredObject> {
  const { connection, digests, options } = parts;
  const { what, fullKey, putId, signal } = put;
  const input = {
    ...{ Bucket: connection.bucket, Key: fullKey, Body: bytes, Metadata: metadataOf(putId) },
    ...placement(options),
  };
  return new Publisher(parts, put).publish("whole", bytes.byteLength, (condition) => {
    const conditional = condition === undefined ? {} : { IfNoneMatch: condition };
    return digests.with(bytes, (digest) =>
      connection.run({ what, right: "s3:PutObject", signal }, (client, sdkOptions) =>
        client.putObject({ ...input, ...conditional, ...digest }, sdkOptions),
      ),
    );
  });
}

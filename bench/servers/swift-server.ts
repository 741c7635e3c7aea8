/** OpenStack Swift by its S3 interface; a bucket in it, and rclone for the plain transfers, since it signs. */
import { S3 } from "@aws-sdk/client-s3";
import { startSwift, SWIFT_KEYS } from "../../test/servers/swift.ts";
import type { Command } from "../tools/tool.ts";
import { cpuSecondsOf, type StoreServer } from "./store-server.ts";

const BUCKET = "backups";

export async function startSwiftServer(directory: string): Promise<StoreServer> {
  const { endpoint, pid, stop } = await startSwift("127.0.0.1", directory);
  const client = new S3({
    ...{ endpoint, region: "us-east-1", forcePathStyle: true },
    credentials: { ...SWIFT_KEYS },
  });
  await client.createBucket({ Bucket: BUCKET });
  client.destroy();
  const { accessKeyId, secretAccessKey } = SWIFT_KEYS;
  const env = {
    ...{
      AWS_CA_BUNDLE: "",
      RCLONE_CONFIG: "/dev/null",
      RCLONE_CONFIG_RAW_TYPE: "s3",
      RCLONE_CONFIG_RAW_PROVIDER: "Other",
    },
    ...{ RCLONE_CONFIG_RAW_ENDPOINT: endpoint, RCLONE_CONFIG_RAW_REGION: "us-east-1" },
    ...{ RCLONE_CONFIG_RAW_ACCESS_KEY_ID: accessKeyId, RCLONE_CONFIG_RAW_SECRET_ACCESS_KEY: secretAccessKey },
  };
  const copy = (from: string, to: string): Command => ({
    ...{ program: "rclone", args: ["copyto", "--s3-no-check-bucket", from, to] },
    env,
  });
  return {
    name: "s3",
    options: { kind: "s3", bucket: BUCKET, endpoint, ...SWIFT_KEYS },
    put: (file) => copy(file, `raw:${BUCKET}/raw`),
    get: (target) => copy(`raw:${BUCKET}/raw`, target),
    cpuSeconds: () => cpuSecondsOf(pid),
    stop,
  };
}

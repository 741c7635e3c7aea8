/** Stores of each kind on servers at our end of a link, and what lies in them, seen without Holdfast. */
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";

import { S3 } from "@aws-sdk/client-s3";

import { FakeGcs } from "../../fakes/gcs/fake-gcs.ts";
import { SshServer } from "../../fakes/ssh-server.ts";
import { WebdavServer } from "../../fakes/webdav-server.ts";
import { startSwift, SWIFT_KEYS } from "../../servers/swift.ts";

export const FAR_KINDS = ["gcs", "s3", "sftp", "webdav"] as const;
export type FarKind = (typeof FAR_KINDS)[number];

export interface FarStore {
  /** As a config has it. */
  config: object;
  /** A directory with all that lies in it; a copy, where the server keeps none itself. */
  contents(): Promise<string>;
  /** What is there and no listing of objects shows. */
  unfinished(): Promise<string[]>;
  /** It waits for the rest of an upload whose writer is gone until its connection breaks, and keeps what there is of it as long. */
  waitsForRest: boolean;
  close(): Promise<void>;
}

export function startFarStore(kind: FarKind, host: string): Promise<FarStore> {
  return STARTS[kind](host);
}

const BUCKET = "backups";

const STARTS: Readonly<Record<FarKind, (host: string) => Promise<FarStore>>> = {
  gcs: startGcs,
  s3: startS3,
  sftp: startSftp,
  webdav: startWebdav,
};

async function startGcs(host: string): Promise<FarStore> {
  const gcs = await FakeGcs.start(host);
  const mirror = new Mirror();
  return {
    config: { kind: "gcs", bucket: BUCKET, endpoint: gcs.url },
    contents: async () => mirror.show([...gcs.bucket.objects].map(([name, { bytes }]) => [name, bytes])),
    // An upload that has not ended is no object, costs nothing, and is forgotten after a week.
    unfinished: async () => gcs.violations,
    waitsForRest: false,
    close: async () => {
      mirror.remove();
      await gcs.close();
    },
  };
}

async function startS3(host: string): Promise<FarStore> {
  const swift = await startSwift(host);
  const mirror = new Mirror();
  const client = new S3({
    ...{
      endpoint: swift.endpoint,
      region: "us-east-1",
      forcePathStyle: true,
      credentials: { ...SWIFT_KEYS },
    },
    requestChecksumCalculation: "WHEN_REQUIRED",
  });
  await client.createBucket({ Bucket: BUCKET });
  const read = async (Key: string): Promise<[string, Uint8Array]> => {
    const { Body } = await client.getObject({ Bucket: BUCKET, Key });
    return [Key, (await Body?.transformToByteArray()) ?? new Uint8Array()];
  };
  return {
    config: { kind: "s3", bucket: BUCKET, endpoint: swift.endpoint, ...SWIFT_KEYS, partSize: "5MiB" },
    contents: async () => {
      const { Contents = [] } = await client.listObjectsV2({ Bucket: BUCKET });
      return mirror.show(await Promise.all(Contents.map(({ Key }) => read(Key ?? ""))));
    },
    unfinished: async () => {
      const { Uploads = [] } = await client.listMultipartUploads({ Bucket: BUCKET });
      return Uploads.map(({ Key, UploadId }) => `upload ${UploadId} of ${Key}`);
    },
    waitsForRest: false,
    close: async () => {
      mirror.remove();
      client.destroy();
      await swift.stop();
    },
  };
}

async function startSftp(host: string): Promise<FarStore> {
  const directory = mkdtempSync(join(tmpdir(), "holdfast-far-"));
  const server = await SshServer.start(host);
  return inDirectory(directory, {
    config: { kind: "rclone", remote: `box:${directory}`, configFile: server.rcloneConfig() },
    waitsForRest: false,
    stop: () => server.stop(),
  });
}

async function startWebdav(host: string): Promise<FarStore> {
  const directory = mkdtempSync(join(tmpdir(), "holdfast-far-"));
  const configs = mkdtempSync(join(tmpdir(), "holdfast-far-"));
  const server = await WebdavServer.start(directory, host);
  return inDirectory(directory, {
    config: { kind: "rclone", remote: "box:", configFile: server.rcloneConfig(configs) },
    waitsForRest: true,
    stop: async () => {
      await server.stop();
      rmSync(configs, { recursive: true });
    },
  });
}

function inDirectory(
  directory: string,
  { stop, ...store }: Pick<FarStore, "config" | "waitsForRest"> & { stop: () => Promise<void> },
): FarStore {
  return {
    ...store,
    contents: async () => directory,
    unfinished: async () => [],
    close: async () => {
      await stop();
      rmSync(directory, { recursive: true });
    },
  };
}

/** Objects as files, so that stores of all kinds are looked at alike. */
class Mirror {
  readonly #directory = mkdtempSync(join(tmpdir(), "holdfast-far-"));

  show(objects: Iterable<readonly [name: string, bytes: Uint8Array]>): string {
    this.remove();
    mkdirSync(this.#directory);
    for (const [name, bytes] of objects) {
      const path = join(this.#directory, name);
      mkdirSync(dirname(path), { recursive: true });
      writeFileSync(path, bytes);
    }
    return this.#directory;
  }

  remove(): void {
    rmSync(this.#directory, { recursive: true, force: true });
  }
}

/** The tests' Cloud Storage. What it keeps is in its memory. */
import { spawn } from "node:child_process";
import { once } from "node:events";
import { statSync } from "node:fs";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { cpuSecondsOf, type StoreServer } from "./store-server.ts";

/** A resumable upload in one block. */
const PUT = `set -e
id=$(curl -sfi -X POST -H 'content-type: application/json' -d '{"name":"raw"}' "$1?uploadType=resumable" |
  sed -n 's/^location:.*upload_id=\\([a-zA-Z0-9-]*\\).*/\\1/p')
curl -sf -o /dev/null -T "$2" -H 'expect:' -H "content-range: bytes 0-$(($3 - 1))/$3" "$1?uploadType=resumable&upload_id=$id"`;

export async function startGcs(): Promise<StoreServer> {
  const program = join(import.meta.dirname, "../programs/serve-gcs.ts");
  const child = spawn(process.execPath, [program], { stdio: ["pipe", "pipe", "inherit"] });
  const [line] = (await once(createInterface(child.stdout), "line")) as [string];
  const [endpoint = "", bucket = ""] = line.split(" ");
  const uploads = `${endpoint}/upload/storage/v1/b/${bucket}/o`;
  const media = `${endpoint}/storage/v1/b/${bucket}/o/raw?alt=media`;
  return {
    name: "gcs",
    options: { kind: "gcs", bucket, endpoint },
    put: (file) => ({ program: "sh", args: ["-c", PUT, "sh", uploads, file, String(statSync(file).size)] }),
    get: (target) => ({ program: "curl", args: ["-sfo", target, media] }),
    cpuSeconds: () => cpuSecondsOf(child.pid ?? 0),
    stop: async () => {
      child.stdin.end();
      await once(child, "close");
    },
  };
}

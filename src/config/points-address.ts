/**
 * Recovery points by their address alone, for a machine that has no config: `gs://bucket/prefix/stack/job`, `s3:`, `file:` or
 * `rclone:`. With a slash at the end it is that of a stack and all of its jobs. Options of the store follow a question mark.
 */
import { HoldfastError } from "../domain/errors.ts";

export interface PointsAddress {
  stack: string;
  /** Undefined: all of the stack. */
  job: string | undefined;
  /** Options of the store, as a config file gives them; not yet looked at. */
  store: Record<string, string>;
}

/** Name of the store that an address stands for. */
const STORE_OF_ADDRESS = "from";

/** Everybody who may list the processes of the machine sees the address. */
const SECRET = /^(accessKeyId|secretAccessKey|sessionToken)$/;

/** Of rclone's paths: what stands before the first part of the path, as in `sftp:backups`. */
const REMOTE = /^(:?[^:/]+:)/;

/** Throws `usage`. */
export function parsePointsAddress(address: string): PointsAddress {
  const [, scheme = "", rest = ""] = /^([a-z0-9]+):(.*)$/s.exec(address) ?? [];
  const place = PLACES[scheme];
  if (place === undefined)
    throw notUnderstood(address, "it begins with none of gs://, s3://, file: and rclone:");
  const question = rest.lastIndexOf("?");
  const options = new URLSearchParams(question === -1 ? "" : rest.slice(question + 1));
  const secret = [...options.keys()].find((name) => SECRET.test(name));
  if (secret !== undefined)
    throw notUnderstood(address, `${secret} in it could be seen by others`, "give it in the environment");
  const given = question === -1 ? rest : rest.slice(0, question);
  const path = scheme === "rclone" ? given.replace(REMOTE, "$1/") : given;
  const isOfStack = path.endsWith("/");
  const segments = (isOfStack ? path.slice(0, -1) : path).split("/");
  const job = isOfStack ? undefined : segments.pop();
  const stack = segments.pop();
  const store = place(segments.join("/"));
  if (!stack || job === "" || store === undefined)
    throw notUnderstood(address, "it does not name a store, a stack and a job");
  return { stack, job, store: { ...Object.fromEntries(options), ...store } };
}

/** What a config file would say. */
export function configOfAddress({ stack, store }: PointsAddress): object {
  return { stack, stores: { [STORE_OF_ADDRESS]: store } };
}

/** From what stands between the scheme and the stack. Undefined where no store is in it. */
const PLACES: Partial<Record<string, (text: string) => Record<string, string> | undefined>> = {
  gs: (text) => bucketOf("gcs", text),
  s3: (text) => bucketOf("s3", text),
  file: (text) => {
    const path = text.replace(/^\/\/(?=\/|$)/, "");
    if (path === "" || path === "/") return { kind: "local", path: "/" };
    return path.startsWith("/") && !path.startsWith("//") ? { kind: "local", path } : undefined;
  },
  rclone: (text) => (REMOTE.test(text) ? { kind: "rclone", remote: text.replace(/:\//, ":") } : undefined),
};

function bucketOf(kind: string, text: string): Record<string, string> | undefined {
  const [, bucket, prefix] = /^\/\/([^/]+)(?:\/(.+))?$/.exec(text) ?? [];
  if (bucket === undefined) return undefined;
  return { kind, bucket, ...(prefix === undefined ? {} : { prefix }) };
}

function notUnderstood(address: string, why: string, next = EXAMPLES): HoldfastError {
  return new HoldfastError("usage", { what: `Reading from ${address}`, why, next });
}

const EXAMPLES =
  "give an address such as gs://bucket/prefix/stack/job, s3://bucket/stack/job?region=eu-central-1, file:///archive/stack/job or rclone:sftp:backups/stack/job, or one that ends in stack/ for all jobs";

/** Turns what rclone says into the error that the Store port promises: which right or setting is wrong, and what to do. */
import { HoldfastError } from "../../domain/errors.ts";
import type { ErrorCode, ErrorFacts } from "../../domain/errors.ts";

type Verdict = { code: ErrorCode } & Pick<ErrorFacts, "next" | "transient">;

/** In order: the first that fits is taken. `why` is rclone's own text. */
const VERDICTS: readonly (readonly [RegExp, Verdict])[] = [
  [
    /knownhosts: key mismatch/i,
    {
      code: "store",
      next: "the server shows another host key than known_hosts_file: find out why before you change it",
    },
  ],
  [/knownhosts|host key/i, { code: "store", next: "add the server's host key to known_hosts_file" }],
  [
    /unable to authenticate|permission denied \(publickey|\b401\b|unauthori[sz]ed|invalid.?(_grant|credential|token|access.?key)|bad username or password|login incorrect|530 /i,
    { code: "store", next: "check the user, the password or key, and the token in rclone's config" },
  ],
  [
    /couldn't (read|parse|decrypt)|failed to (parse|read) (private )?key|failed to load config|couldn't decrypt|unable to decrypt/i,
    { code: "store", next: "check rclone's config and the key files that it names" },
  ],
  [
    /didn't find section in config file|didn't find backend|unknown (type|backend)/i,
    {
      code: "store",
      next: "check the name of the remote, and that configFile or RCLONE_CONFIG_… variables define it",
    },
  ],
  [
    /no space left|disk quota|quota (has been |is )?exceeded|insufficient.?storage|\b507\b|storage.?quota|out of space|not enough space|insufficient_space/i,
    { code: "no-space", next: "free space, enlarge the storage or keep fewer points" },
  ],
  [
    /permission denied|access.?denied|\b403\b|forbidden|not permitted|read-only file system/i,
    { code: "store", next: "give the account the right to read, write, rename and delete there" },
  ],
  [
    /corrupted on transfer/i,
    { code: "store", transient: true, next: "should it happen again, do not trust this remote" },
  ],
  [
    /no such host|server misbehaving/i,
    { code: "store", transient: true, next: "check the host in rclone's config and the DNS" },
  ],
  [
    /connection refused|i\/o timeout|timed? ?out|deadline exceeded|connection reset|connection lost|broken pipe|no route to host|network is unreachable|unexpected EOF|\bEOF\b|use of closed network|handshake failed|\b(423|429|500|502|503|504)\b|too many requests|rate.?limit|try again|couldn't connect|could not be opened/i,
    { code: "store", transient: true, next: "check that the server runs and can be reached" },
  ],
  [
    /\b(404|405|501)\b|not found|method not allowed/i,
    { code: "store", next: "check the address (WebDAV: url and vendor) of the remote in rclone's config" },
  ],
];

/** `what` starts the sentence, e.g. "Writing offsite:a/b". */
export function rcloneError(error: unknown, what: string): HoldfastError {
  if (error instanceof HoldfastError) return error;
  const why = error instanceof Error ? error.message : String(error);
  const { code, ...facts } = verdictOf(error, why);
  return new HoldfastError(code, { what, why, cause: error, ...facts });
}

function verdictOf(error: unknown, why: string): Verdict {
  const verdict = VERDICTS.find(([pattern]) => pattern.test(why))?.[1];
  if (verdict !== undefined) return verdict;
  // Of the connection to rclone itself: it has ended or was killed, and the next call starts another one.
  const isOurConnection = typeof (error as NodeJS.ErrnoException | undefined)?.code === "string";
  return { code: "store", transient: isOurConnection };
}

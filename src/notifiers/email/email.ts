/** Alerts by mail, through an SMTP server. */
import { readFile } from "node:fs/promises";
import { rootCertificates } from "node:tls";
import { HoldfastError, messageOf } from "../../domain/errors.ts";
import type { Clock } from "../../ports/clock.ts";
import type { Notifier } from "../../ports/notifier.ts";
import { inTime } from "../in-time.ts";
import { networkTrouble } from "../network-trouble.ts";
import { quoteAnswer } from "../quote-answer.ts";
import { buildMail } from "./mail.ts";
import { sendMail, type SmtpServer } from "./smtp.ts";

export interface EmailTarget extends SmtpServer {
  caFile?: string | undefined;
  from: string;
  to: readonly string[];
}

export function createEmailNotifier(
  name: string,
  target: EmailTarget,
  { clock }: { clock: Clock },
): Notifier {
  const what = `Notifying channel ${name}`;
  const { from, to, caFile } = target;
  return {
    name,
    kind: "email",
    async send(message, { signal }) {
      const content = await buildMail(message, { from, to });
      await inTime({ what, clock, signal }, async (within) => {
        const ca = caFile === undefined ? undefined : await certificatesOf(caFile, what);
        const refused = await sendMail(target, { from, to, content }, { ca, signal: within }).catch(
          (error: unknown) => {
            throw failure(what, error, target);
          },
        );
        // Trying again reaches the others twice, under one Message-ID.
        if (refused[0] !== undefined) throw failure(what, refused[0].error, target);
      });
    },
  };
}

async function certificatesOf(path: string, what: string): Promise<string[]> {
  try {
    return [...rootCertificates, await readFile(path, "utf8")];
  } catch (cause) {
    const why = messageOf(cause);
    throw new HoldfastError("notifier", { what, why, next: "check the channel's `caFile`", transient: true });
  }
}

interface SmtpError {
  code?: string;
  command?: string;
  responseCode?: number;
  response?: string;
}

/** 4xx of SMTP may pass, 5xx will not (RFC 5321, 4.2.1). The library's own text is not told: it quotes what was sent. */
function failure(what: string, error: unknown, { user, password }: EmailTarget): HoldfastError {
  if (error instanceof HoldfastError) return error;
  const { code, command, responseCode, response } = (error ?? {}) as SmtpError;
  const secrets = [password, user].flatMap((secret) =>
    secret === undefined ? [] : [secret, Buffer.from(secret).toString("base64")],
  );
  if (responseCode !== undefined && responseCode > 0) {
    const said = quoteAnswer((response ?? "").replace(/^\d{3}[ -]?/, ""), secrets);
    const why = `the server answered ${responseCode}${said === "" ? "" : ` (${said})`}`;
    const transient = responseCode < 500;
    return new HoldfastError("notifier", {
      what,
      why,
      transient,
      ...(transient ? {} : { next: advice(command) }),
    });
  }
  const isTls = code === "ETLS" || /certificate|self-signed|altname/i.test(messageOf(error));
  const why = isTls ? "no trusted TLS connection came about" : networkTrouble(systemError(error));
  const next = isTls ? { next: "check the channel's `security`, `host` and `caFile`" } : {};
  return new HoldfastError("notifier", { what, why, transient: true, ...next });
}

/** The library gives codes of its own, and the system's in its text. */
function systemError(error: unknown): unknown {
  const code = /\b(?:ECONNREFUSED|ECONNRESET|ENOTFOUND|EAI_AGAIN|ETIMEDOUT)\b/.exec(messageOf(error))?.[0];
  return code === undefined ? undefined : Object.assign(new Error(code), { code });
}

function advice(command: string | undefined): string {
  if (command?.startsWith("AUTH") === true) return "check the channel's `user` and `password`";
  if (command === "RCPT TO") return "check the channel's `to`: the server takes no mail for one of them";
  if (command === "MAIL FROM") return "check the channel's `from`: the server takes no mail from it";
  return "check the channel's `host`, `user` and `from`";
}

/** One mail in one conversation of SMTP, which a signal can end. */

export interface SmtpServer {
  host: string;
  port?: number | undefined;
  security: "starttls" | "tls" | "none";
  user?: string | undefined;
  password?: string | undefined;
}

export interface Mail {
  from: string;
  to: readonly string[];
  /** As it goes over the wire. */
  content: Buffer;
}

/** Of one recipient that the server does not take mail for. */
export interface Refused {
  recipient: string;
  error: Error;
}

/** Resolves when the server has taken the mail, with the recipients that it did not take it for. Rejects with what the library throws. */
export async function sendMail(
  { host, port, security, user, password }: SmtpServer,
  { from, to, content }: Mail,
  { ca, signal }: { ca: string[] | undefined; signal: AbortSignal },
): Promise<Refused[]> {
  const { default: SMTPConnection } = await import("nodemailer/lib/smtp-connection");
  signal.throwIfAborted();
  const connection = new SMTPConnection({
    ...{ host, port: port ?? DEFAULT_PORTS[security], logger: false },
    secure: security === "tls",
    requireTLS: security === "starttls",
    ignoreTLS: security === "none",
    tls: ca === undefined ? {} : { ca },
  });
  const { promise, resolve, reject } = Promise.withResolvers<Refused[]>();
  const fail = (error: unknown) => {
    reject(error);
    connection.close();
  };
  connection.on("error", fail);
  connection.on("end", () => reject(new Error("the connection was closed")));
  const onAbort = () => fail(signal.reason);
  signal.addEventListener("abort", onAbort, { once: true });
  const send = () =>
    connection.send({ from, to: [...to], size: content.length }, content, (error, info) => {
      if (error !== null) return fail(error);
      const rejected = info?.rejectedErrors ?? [];
      resolve((info?.rejected ?? []).map((recipient, at) => ({ recipient, error: rejected[at] as Error })));
      connection.quit();
    });
  connection.connect((error) => {
    if (error !== undefined && error !== null) return fail(error);
    if (user === undefined) return send();
    connection.login({ credentials: { user, pass: password ?? "" } }, (refused) =>
      refused === null ? send() : fail(refused),
    );
  });
  return promise.finally(() => signal.removeEventListener("abort", onAbort));
}

const DEFAULT_PORTS = { starttls: 587, tls: 465, none: 25 };

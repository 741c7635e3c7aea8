/** An SMTP server on the loopback that keeps the mails it takes, and answers, or does not, as it is told. */
import { execFileSync } from "node:child_process";
import { once } from "node:events";
import { readFileSync } from "node:fs";
import { createServer, type AddressInfo, type Socket } from "node:net";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { TLSSocket } from "node:tls";
import { temporaryDirectory } from "./temporary-directory.ts";

export interface ReceivedMail {
  from: string;
  to: string[];
  content: string;
  isEncrypted: boolean;
  /** As given with AUTH PLAIN. */
  login: string | undefined;
}

export interface SmtpServer {
  port: number;
  mails: ReceivedMail[];
  /** What the commands that begin so are answered with instead; `hang`: not at all; `close`: by closing. */
  answers: Record<string, string>;
  /** Resolves when a command that begins so has come. */
  seen(command: string): Promise<void>;
  close(): Promise<void>;
}

/** A certificate for 127.0.0.1 that only its owner vouches for. */
export function ownCertificate(): { caFile: string; key: Buffer; cert: Buffer } {
  const directory = temporaryDirectory();
  const [caFile, keyFile] = [join(directory, "cert.pem"), join(directory, "key.pem")];
  const subject = ["-subj", "/CN=mail", "-addext", "subjectAltName=IP:127.0.0.1", "-days", "2"];
  const kind = ["-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes"];
  execFileSync("openssl", ["req", ...kind, "-keyout", keyFile, "-out", caFile, ...subject], {
    stdio: "pipe",
  });
  return { caFile, key: readFileSync(keyFile), cert: readFileSync(caFile) };
}

interface Options {
  security?: "none" | "starttls" | "tls";
  certificate?: { key: Buffer; cert: Buffer };
}

export async function startSmtpServer({ security = "none", certificate }: Options = {}): Promise<SmtpServer> {
  const mails: ReceivedMail[] = [];
  const answers: Record<string, string> = {};
  const sockets = new Set<Socket>();
  const commands: string[] = [];
  const waiting = new Set<() => void>();
  const note = (command: string) => {
    commands.push(command);
    for (const look of waiting) look();
  };
  const secured = (socket: Socket) => {
    const upgraded = new TLSSocket(socket, { isServer: true, ...certificate });
    upgraded.on("error", () => socket.destroy());
    return upgraded;
  };
  const server = createServer((socket) => {
    sockets.add(socket);
    socket.on("error", () => socket.destroy());
    const isTls = security === "tls";
    converse(isTls ? secured(socket) : socket, { isEncrypted: isTls, greet: true });
  });

  function converse(socket: Socket, { isEncrypted, greet }: { isEncrypted: boolean; greet: boolean }): void {
    let mail: ReceivedMail = { from: "", to: [], content: "", isEncrypted, login: undefined };
    let inData = false;
    const say = (line: string) => void socket.write(`${line}\r\n`);
    const lines = createInterface({ input: socket, terminal: false });
    lines.on("error", () => undefined);
    const handlers: [string, (line: string) => void][] = [
      [
        "EHLO",
        () =>
          say(
            security === "starttls" && !isEncrypted ? "250-me\r\n250 STARTTLS" : "250-me\r\n250 AUTH PLAIN",
          ),
      ],
      [
        "STARTTLS",
        () => {
          lines.close();
          say("220 go ahead");
          socket.removeAllListeners("data");
          converse(secured(socket), { isEncrypted: true, greet: false });
        },
      ],
      [
        "AUTH PLAIN",
        (line) => {
          mail.login = Buffer.from(line.slice(11), "base64").toString().split("\0").slice(1).join(":");
          say("235 welcome");
        },
      ],
      [
        "MAIL FROM",
        (line) => ((mail = { ...mail, from: addressIn(line), to: [], content: "" }), say("250 ok")),
      ],
      ["RCPT TO", (line) => (mail.to.push(addressIn(line)), say("250 ok"))],
      ["DATA", () => ((inData = true), say("354 go on"))],
      ["QUIT", () => (say("221 bye"), socket.end())],
      ["", () => say("500 what?")],
    ];
    const given = (command: string, usual: () => void) => {
      note(command);
      const key = Object.keys(answers).find((each) => command.startsWith(each));
      const answer = key === undefined ? undefined : answers[key];
      if (answer === "hang") return;
      if (answer === "close") return void socket.destroy();
      if (answer === undefined) usual();
      else say(answer);
    };
    lines.on("line", (line) => {
      if (inData && line === ".") {
        inData = false;
        given("END", () => (mails.push(mail), say("250 taken")));
      } else if (inData) mail.content += `${line.replace(/^\./, "")}\n`;
      else {
        const [, handle] = handlers.find(([beginning]) => line.toUpperCase().startsWith(beginning))!;
        given(line.toUpperCase(), () => handle(line));
      }
    });
    if (greet) given("GREETING", () => say("220 ready"));
  }

  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  return {
    port: (server.address() as AddressInfo).port,
    mails,
    answers,
    seen: (command) =>
      new Promise((resolve) => {
        const look = () => {
          if (!commands.some((each) => each.startsWith(command))) return;
          waiting.delete(look);
          resolve();
        };
        waiting.add(look);
        look();
      }),
    close: async () => {
      for (const socket of sockets) socket.destroy();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

function addressIn(line: string): string {
  return /<(.*?)>/.exec(line)?.[1] ?? "";
}

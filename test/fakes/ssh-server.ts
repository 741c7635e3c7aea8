/**
 * An OpenSSH server, with keys of its own, for the user that runs the tests. Each connection gets a
 * daemon that speaks through us, so that a connection can be cut or held up.
 */
import { execFileSync, spawn, type ChildProcess } from "node:child_process";
import {
  copyFileSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from "node:fs";
import { once } from "node:events";
import { createServer, type AddressInfo, type Server, type Socket } from "node:net";
import { tmpdir, userInfo } from "node:os";
import { join } from "node:path";

const SSHD = "/usr/sbin/sshd";

export const hasSshServer = process.env["CI"] === "true" || existsSync(SSHD);

export class SshServer {
  readonly #folder = mkdtempSync(join(tmpdir(), "holdfast-sshd-"));
  readonly #connections = new Map<Socket, ChildProcess>();
  readonly #server: Server;
  #isDown = false;

  private constructor() {
    for (const key of ["host", "other", "user"]) {
      execFileSync("ssh-keygen", ["-q", "-t", "ed25519", "-N", "", "-C", "", "-f", this.#path(key)]);
    }
    copyFileSync(this.#path("user.pub"), this.#path("authorized"));
    if (process.getuid?.() === 0) mkdirSync("/run/sshd", { recursive: true });
    this.#server = createServer((socket) => this.#serve(socket));
  }

  static async start(host = "127.0.0.1"): Promise<SshServer> {
    const server = new SshServer();
    server.#server.listen(0, host);
    await once(server.#server, "listening");
    return server;
  }

  /** A config of rclone's whose remote `box` is this server. */
  rcloneConfig(but: Record<string, string> = {}): string {
    const options = {
      ...{
        type: "sftp",
        host: this.#address.address,
        port: String(this.#address.port),
        user: userInfo().username,
      },
      ...{ key_file: this.#path("user"), known_hosts_file: this.knownHosts("host") },
      ...but,
    };
    const lines = Object.entries(options).filter(([, value]) => value !== "");
    const path = join(mkdtempSync(join(this.#folder, "config-")), "rclone.conf");
    writeFileSync(path, ["[box]", ...lines.map(([name, value]) => `${name} = ${value}`), ""].join("\n"));
    return path;
  }

  /** A private key that the server does not know. */
  get strangersKey(): string {
    return this.#path("other");
  }

  /** A file that knows this server by its own key, or by that of another one; or does not know it at all. */
  knownHosts(key: "host" | "other" | "none"): string {
    const path = this.#path(`known-${key}`);
    const [type, value] = key === "none" ? [] : readFileSync(this.#path(`${key}.pub`), "utf8").split(" ");
    writeFileSync(
      path,
      type === undefined ? "" : `[${this.#address.address}]:${this.#address.port} ${type} ${value?.trim()}\n`,
    );
    return path;
  }

  /** Takes every connection down, and each new one, until it is up again. */
  goDown(): void {
    this.#isDown = true;
    for (const socket of this.#connections.keys()) socket.destroy();
  }

  comeUp(): void {
    this.#isDown = false;
  }

  /** From here on nothing that is sent arrives. */
  stall(): void {
    for (const [socket, sshd] of this.#connections) {
      socket.unpipe();
      socket.pause();
      sshd.stdout?.unpipe();
    }
  }

  async stop(): Promise<void> {
    this.goDown();
    const ended = [...this.#connections.values()].map((sshd) => once(sshd, "exit"));
    this.#server.close();
    await Promise.all([...ended, once(this.#server, "close")]);
    rmSync(this.#folder, { recursive: true });
  }

  get #address(): AddressInfo {
    return this.#server.address() as AddressInfo;
  }

  #path(name: string): string {
    return join(this.#folder, name);
  }

  #serve(socket: Socket): void {
    socket.on("error", () => undefined);
    if (this.#isDown) {
      socket.destroy();
      return;
    }
    const sshd = spawn(SSHD, ["-i", "-e", "-f", "/dev/null", ...this.#settings()], {
      stdio: ["pipe", "pipe", "ignore"],
    });
    this.#connections.set(socket, sshd);
    sshd.stdin.on("error", () => undefined);
    sshd.once("exit", () => this.#connections.delete(socket));
    socket.once("close", () => sshd.kill("SIGKILL"));
    socket.pipe(sshd.stdin);
    sshd.stdout.pipe(socket);
  }

  #settings(): string[] {
    const settings = {
      ...{ HostKey: this.#path("host"), AuthorizedKeysFile: this.#path("authorized"), StrictModes: "no" },
      ...{ UsePAM: "no", PasswordAuthentication: "yes", PermitRootLogin: "yes", MaxAuthTries: "20" },
      Subsystem: "sftp internal-sftp",
    };
    return Object.entries(settings).flatMap(([name, value]) => ["-o", `${name}=${value}`]);
  }
}

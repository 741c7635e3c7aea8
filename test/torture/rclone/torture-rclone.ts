/** A stream of many GiB and many thousands of objects through rclone, to OpenSSH's SFTP and to WebDAV: nothing lost, nothing left. */
import { mkdtempSync, readdirSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { rcloneStore } from "../../fakes/rclone-store.ts";
import { SshServer } from "../../fakes/ssh-server.ts";
import { WebdavServer } from "../../fakes/webdav-server.ts";
import { sendLarge } from "../large/send-large.ts";

/** Of this program, through which the SSH server speaks, too. It is less than any stream that is worth sending. */
const MOST_MEMORY = 500 * 2 ** 20;

export interface RcloneTorture {
  gibibytes: number;
  print: (line: string) => void;
}

export async function tortureRclone({ gibibytes, print }: RcloneTorture): Promise<void> {
  const work = mkdtempSync(join(tmpdir(), "holdfast-"));
  try {
    const ssh = await SshServer.start();
    const sftpFolder = mkdtempSync(join(work, "sftp-"));
    await torture("sftp", {
      remote: `box:${sftpFolder}`,
      configFile: ssh.rcloneConfig(),
      folder: sftpFolder,
    });
    await ssh.stop();
    rmSync(sftpFolder, { recursive: true });
    const folder = mkdtempSync(join(work, "webdav-"));
    const webdav = await WebdavServer.start(folder);
    await torture("webdav", { remote: "box:", configFile: webdav.rcloneConfig(work), folder });
    await webdav.stop();
  } finally {
    rmSync(work, { recursive: true, force: true });
  }

  async function torture(name: string, at: { remote: string; configFile: string; folder: string }) {
    const store = rcloneStore(at);
    const problems = await sendLarge(store, gibibytes);
    await store.close();
    const left = readdirSync(at.folder, { recursive: true, encoding: "utf8" });
    const strange = left.filter((path) => !/^stack(\/job(\/\d{6})?)?$/.test(path));
    if (strange.length > 0) problems.push(`left behind: ${strange.slice(0, 5).join(", ")}`);
    const memory = process.resourceUsage().maxRSS * 1024;
    if (memory > MOST_MEMORY) problems.push(`memory went up to ${Math.round(memory / 2 ** 20)} MiB`);
    for (const problem of problems) print(`${name}: ${problem}`);
    print(`${name}: ${gibibytes} GiB and as many objects as belong to them: ${problems.length} problems`);
    if (problems.length > 0) process.exitCode = 1;
  }
}

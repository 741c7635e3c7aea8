/** What a new user does: starts the example, sees backups come, loses everything but them, and has it back by one command. */
import { afterAll, beforeAll, expect, it } from "vitest";
import { waitUntil } from "../wait-until.ts";
import { describeInLab } from "./in-lab.ts";
import { exampleStack } from "./example.ts";

/** The example backs up each minute. */
const WITHIN_ITS_SCHEDULE = 150_000;

describeInLab("the example stack with the sidecar beside it", (lab) => {
  const { stack, remove } = exampleStack(lab, { keepsHealthcheck: true });

  const app = () => stack.url("app", 8080);
  const appAnswers = async (path: string) =>
    waitUntil(`the app answers ${path}`, async () => {
      const answer = await fetch(`${await app()}${path}`).catch(() => undefined);
      return answer?.ok === true ? answer.text() : undefined;
    });
  const isFresh = async () => {
    const page = await stack.url("backup", 9219);
    return (await fetch(`${page}/healthz`).catch(() => undefined))?.ok === true;
  };

  beforeAll(() => stack.compose("up", "--detach", "--build"));

  afterAll(remove);

  it("is backed up within its schedule, and told about in the sidecar and on its page", async () => {
    await appAnswers("/health");
    const page = await stack.url("backup", 9219);
    expect((await fetch(`${await app()}/notes`, { method: "POST", body: "remember the milk" })).status).toBe(
      201,
    );
    expect((await fetch(`${await app()}/uploads/a.txt`, { method: "PUT", body: "uploaded" })).status).toBe(
      201,
    );
    const written = Date.now();
    const ofThat = async () => {
      const answer = await fetch(`${page}/api/v1/jobs/app_data/points`).catch(() => undefined);
      const said = (await answer?.json()) as { points?: { id: string; startedAt: string }[] } | undefined;
      return said?.points?.find(({ startedAt }) => Date.parse(startedAt) > written)?.id;
    };
    const point = await waitUntil("a backup of what was written", ofThat, WITHIN_ITS_SCHEDULE);
    const list = await stack.holdfast("list");
    expect(list.stdout, list.stderr).toMatch(new RegExp(`${point} +app_data +local`));
    await waitUntil("the sidecar says that all is fresh", isFresh);
    expect(await (await fetch(page)).text()).toContain(stack.project);
    expect((await stack.holdfast("status")).exitCode).toBe(0);
    const doctor = await stack.holdfast("doctor");
    expect(doctor.stdout).toMatch(/container engine +ok +Version/);
    expect(doctor.stdout).not.toContain("failed");
  });

  it("runs the sidecar with a root that cannot be written, and one right of root's", async () => {
    const write = await stack.tryCompose("exec", "-T", "backup", "touch", "/opt/holdfast/x");
    expect(write.stderr).toContain("Read-only file system");
    const rights = await stack.compose("exec", "-T", "backup", "grep", "CapEff", "/proc/self/status");
    // CAP_DAC_READ_SEARCH is capability 2.
    expect(BigInt(`0x${rights.split(":")[1]?.trim() ?? ""}`)).toBe(1n << 2n);
  });

  it("is lost with all its volumes, and brought back by one command", async () => {
    await stack.compose("down", "--volumes");
    const end = await stack.tryCompose(
      ...["run", "--rm", "-T", "backup", "restore", "app_data", "--in-place", "--yes"],
    );
    expect(end, end.stderr).toMatchObject({ exitCode: 0 });
    await stack.up();
    expect(await appAnswers("/notes")).toContain("remember the milk");
    expect(await appAnswers("/uploads/a.txt")).toBe("uploaded");
    await waitUntil("the sidecar knows its backups without its state", isFresh);
  });
});

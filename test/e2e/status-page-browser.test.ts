/** The pages in a real browser: what only one can tell. */
import type { FileInPoint } from "../../src/web/context.ts";
import { readFileSync } from "node:fs";
import { Readable } from "node:stream";
import type { Browser, BrowserContextOptions, Page } from "playwright-core";
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from "vitest";
import { keepScreenshot, seriousFindings, startChromium, whyNoChromium } from "../fakes/chromium.ts";
import {
  emptyScene,
  freshScene,
  jobFacts,
  largeScene,
  staleScene,
  type Scene,
} from "../fakes/status-scenes.ts";
import { jobStatus, stackStatus, STATUS_AT } from "../fakes/status-fixture.ts";
import { testServer } from "../fakes/web-server.ts";

let browser: Browser;
beforeAll(async () => {
  if (whyNoChromium === undefined) browser = await startChromium();
});
afterAll(() => browser?.close());

const DESKTOP = { width: 1280, height: 800 };
const PHONE = { width: 390, height: 844 };
const VIEWS = [
  { viewport: DESKTOP, colorScheme: "light" },
  { viewport: PHONE, colorScheme: "dark" },
] as const;

/** Needs `bypassCSP`: what the policy of the page forbids, a tool that looks at it may do. */
async function lookedAt(page: Page, name: string): Promise<void> {
  for (const { viewport, colorScheme } of VIEWS) {
    await page.setViewportSize(viewport);
    await page.emulateMedia({ colorScheme });
    await keepScreenshot(page, `${name}-${viewport.width}-${colorScheme}`);
    await page.evaluate("document.querySelectorAll('details').forEach((each) => { each.open = true; })");
    expect(await seriousFindings(page)).toEqual([]);
    expect(await page.evaluate("document.documentElement.scrollWidth")).toBeLessThanOrEqual(viewport.width);
  }
}

async function opened(url: string, options: BrowserContextOptions = {}): Promise<Page> {
  const context = await browser.newContext(options);
  onTestFinished(() => context.close());
  const page = await context.newPage();
  await page.goto(url);
  return page;
}

const FILE: FileInPoint = {
  ...{ path: "a.txt", type: "file", size: 5, mode: 0o644 },
  ...{ changedAt: STATUS_AT, target: undefined },
};

const server = (scene: Scene) =>
  testServer({ status: () => scene.status, past: scene.past, ...jobFacts(scene) });
const SCENES = { fresh: freshScene, stale: staleScene, empty: emptyScene, large: largeScene };

describe.skipIf(whyNoChromium !== undefined)(`the status page in a browser ${whyNoChromium ?? ""}`, () => {
  it.each([
    ["fresh", "/"],
    ["stale", "/"],
    ["empty", "/"],
    ["large", "/"],
    ["stale", "/jobs/data"],
  ] as const)(
    "can be used by everybody, on a desk and on a phone, by day and by night: %s %s",
    async (name, path) => {
      const { url } = await server(SCENES[name]());
      const page = await opened(url + path, { bypassCSP: true });
      await lookedAt(page, `${name}${path.replaceAll("/", "-")}`);
    },
  );

  it("keeps itself up to date without losing the place, and says when nobody answers", async () => {
    const scene = freshScene();
    const holdfast = await server(scene);
    const page = await opened("about:blank");
    const complaints: string[] = [];
    page.on("console", (message) => complaints.push(message.text()));
    await page.clock.install();
    await page.goto(holdfast.url);
    await page.keyboard.press("Tab");
    expect(await page.evaluate("document.activeElement.textContent")).toBe("data");
    scene.status = staleScene().status;
    await page.clock.runFor(31_000);
    await page.getByRole("heading", { level: 1, name: "2 of 3 jobs are not fresh" }).waitFor();
    expect(await page.title()).toContain("✕ analytics");
    expect(await page.evaluate("document.activeElement.textContent")).toBe("data");
    expect(complaints).toEqual([]);
    await page.route("**/*", (route) => route.abort());
    await page.clock.runFor(31_000);
    await page.getByRole("status").filter({ hasText: "Holdfast does not answer" }).waitFor();
  });

  it("does without scripts, loaded again every minute", async () => {
    const { url } = await server(freshScene());
    const page = await opened(url, { javaScriptEnabled: false });
    expect(await page.locator("meta[http-equiv=refresh]").getAttribute("content")).toBe("60");
    await page.getByRole("heading", { name: "All 3 jobs are fresh" }).waitFor();
  });

  it("runs nothing that a name brings along", async () => {
    const evil = `<img src=x onerror=alert(1)><svg onload=alert(1)>"' autofocus onfocus=alert(1)`;
    const { url } = await testServer({
      status: () => stackStatus({ stack: evil, jobs: [jobStatus({ name: evil })] }),
    });
    const page = await opened("about:blank");
    const ran: string[] = [];
    page.on("dialog", (dialog) => (ran.push(dialog.message()), void dialog.dismiss()));
    page.on("console", (message) => ran.push(message.text()));
    await page.goto(`${url}/?find=${encodeURIComponent(evil)}`);
    await page.getByRole("link", { name: evil }).waitFor();
    expect(ran).toEqual([]);
  });

  it("lets somebody sign in, start a run, and take a file out of a point", async () => {
    const scene = freshScene();
    const asked: string[] = [];
    const { url } = await testServer({
      ...{ status: () => scene.status, past: scene.past, ...jobFacts(scene), token: "a-long-token" },
      request: (job, action) => (asked.push(`${action} ${job}`), { runId: "r" }),
      files: async () => ({
        files: [
          ...[{ ...FILE, path: "etc", type: "directory" as const }, FILE],
          { ...FILE, path: `${"long".repeat(60)}.bin`, size: 5e9 },
          { ...FILE, path: "link", type: "symlink" as const, target: "/elsewhere/on/the/disk" },
        ],
        next: undefined,
      }),
      file: async () => ({ size: 5, chunks: Readable.from([Buffer.from("hello")]) }),
    });
    const page = await opened(`${url}/jobs/data`, { acceptDownloads: true, bypassCSP: true });
    await page.getByRole("link", { name: "Sign in" }).click();
    await lookedAt(page, "sign-in");
    await page.getByLabel("Token").fill("a-long-token");
    await page.keyboard.press("Enter");
    await page.getByRole("link", { name: "data", exact: true }).click();
    await page.getByRole("button", { name: "Back up now" }).click();
    await page.getByRole("status").filter({ hasText: "It is queued" }).waitFor();
    expect(asked).toEqual(["run data"]);
    await lookedAt(page, "signed-in");
    await page.locator(".points a").first().click();
    const begun = page.waitForEvent("download");
    await page.getByRole("link", { name: "a.txt" }).click();
    expect((await begun).suggestedFilename()).toBe("a.txt");
    expect(readFileSync(await (await begun).path(), "utf8")).toBe("hello");
    await lookedAt(page, "files");
  });

  it("finds jobs by their name, by keyboard alone", async () => {
    const { url } = await server(largeScene());
    const page = await opened(url);
    await page.getByRole("searchbox", { name: "Find jobs" }).focus();
    await page.keyboard.type("service-04");
    await page.keyboard.press("Enter");
    await page.waitForURL("**/?find=service-04");
    expect(await page.locator("tbody[id], .jobs tbody").count()).toBe(10);
    await page.getByRole("link", { name: "Show all 500" }).click();
    await page.getByRole("link", { name: "Better" }).click();
    await page.getByText("Page 2 of 20, 500 jobs, the worst first").waitFor();
  });
});

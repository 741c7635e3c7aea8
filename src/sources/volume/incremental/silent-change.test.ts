import { DatabaseSync } from "node:sqlite";
import fs from "node:fs";
import { join } from "node:path";

import { describe, expect, it } from "vitest";

import { framed } from "../../../../test/fakes/memory-object.ts";
import { PointChain, type ChainPoint } from "../../../../test/fakes/point-chain.ts";
import { temporaryDirectory } from "../../../../test/fakes/temporary-directory.ts";
import { formatIndexLine } from "../../../archive/index-entry.ts";

/** The disk now gives other bytes than it gave for this point, while every time and the inode stayed. */
async function forgetDigestOf(chain: PointChain, point: ChainPoint, path: string): Promise<void> {
  const entries = [...(await chain.entries(point)).values()];
  const lines = entries.map((entry) =>
    formatIndexLine(entry.path === path ? { ...entry, sha256: "f".repeat(64) } : entry),
  );
  point.index = await framed(Buffer.from(lines.join("")));
}

async function workshop() {
  const root = temporaryDirectory();
  fs.writeFileSync(join(root, "plain"), "plain");
  fs.writeFileSync(join(root, "other"), "other");
  const database = new DatabaseSync(join(root, "app.db"));
  database.exec("CREATE TABLE t (x)");
  database.close();
  const chain = new PointChain(root, temporaryDirectory());
  return { chain, first: await chain.capture() };
}

describe("content that changed while everything says that it did not", () => {
  it("is found in a file that is checked, stored anew and told", async () => {
    const { chain, first } = await workshop();
    await forgetDigestOf(chain, first, "plain");
    const { summary, ...second } = await chain.capture({ recheck: 1 });
    expect(summary.warnings).toEqual([
      {
        path: "plain",
        problem: "silent-change",
        message: expect.stringMatching(/^plain holds other content/) as unknown,
      },
    ]);
    expect(summary.capture["earlier"]).toMatchObject({ files: 2, compared: 2 });
    const entries = await chain.entries({ summary, ...second });
    expect(entries.get("plain")?.data?.point).toBeUndefined();
    expect(entries.get("other")?.data?.point).toBe(first.id);
  });

  it("is not looked for in a file that is not checked", async () => {
    const { chain, first } = await workshop();
    await forgetDigestOf(chain, first, "plain");
    expect((await chain.capture({ recheck: 0 })).summary.warnings).toEqual([]);
  });

  it("is always looked for in a database", async () => {
    const { chain, first } = await workshop();
    expect((await chain.entries(first)).get("app.db")?.database).toBe("sqlite");
    await forgetDigestOf(chain, first, "app.db");
    const { summary } = await chain.capture({ recheck: 0 });
    expect(summary.warnings.map(({ path, problem }) => [path, problem])).toEqual([
      ["app.db", "silent-change"],
    ]);
  });
});

describe("the share of files that are checked", () => {
  it("is about what was asked for, and not always the same ones", async () => {
    const root = temporaryDirectory();
    for (let number = 0; number < 400; number += 1) fs.writeFileSync(join(root, `f${number}`), `${number}`);
    const chain = new PointChain(root, temporaryDirectory());
    await chain.capture();
    const counts = [];
    for (let run = 0; run < 3; run += 1) {
      const { capture } = (await chain.capture({ recheck: 0.25 })).summary;
      counts.push((capture["earlier"] as { compared: number }).compared);
    }
    for (const count of counts) {
      expect(count).toBeGreaterThan(40);
      expect(count).toBeLessThan(180);
    }
  });
});

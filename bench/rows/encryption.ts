/** Encrypted backup and restore of 1 GiB beside those of the same that is not. */
import { mkdirSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import type { BenchContext } from "../bench-context.ts";
import { makeLargeFiles, sizeOfTree } from "../data/trees.ts";
import { measure, run, type Measure } from "../measure.ts";
import type { Goal, Section } from "../report/section.ts";
import { holdfast, JOB, writeConfig } from "../tools/config.ts";

const BYTES = 1024 ** 3;
const MOST_OVER = 0.15;
const OR_SPEED = 400e6;
const KINDS = ["none", "age", "gpg"] as const;
type Kind = (typeof KINDS)[number];

export async function measureEncryption(context: BenchContext): Promise<Section[]> {
  const tree = join(context.work, "tree");
  mkdirSync(tree);
  try {
    makeLargeFiles(tree, Math.round(BYTES * context.scale), 1);
    const { bytes } = sizeOfTree(tree);
    for (const kind of KINDS) await configure(kind, tree, context);
    const taken = new Map<string, Measure[]>();
    for (let round = 0; round < context.rounds; round += 1) {
      for (const kind of KINDS) {
        for (const work of ["backup", "restore"] as const) {
          const measured =
            work === "backup" ? await backup(kind, context) : await restore(kind, bytes, context);
          const cpu = `${measured.cpuSeconds.toFixed(2)} s of processor`;
          context.progress(`${work}, encryption ${kind}: ${measured.seconds.toFixed(2)} s, ${cpu}`);
          taken.set(`${work} ${kind}`, [...(taken.get(`${work} ${kind}`) ?? []), measured]);
        }
      }
    }
    return [sectionOf("Backup", taken, bytes), sectionOf("Restore", taken, bytes)];
  } finally {
    rmSync(tree, { recursive: true, force: true });
  }
}

function sectionOf(title: string, taken: ReadonlyMap<string, Measure[]>, bytes: number): Section {
  const work = title.toLowerCase();
  const of = (kind: Kind) => taken.get(`${work} ${kind}`) ?? [];
  const least = (kind: Kind, what: "seconds" | "cpuSeconds") =>
    Math.min(...of(kind).map((each) => each[what]));
  const goals = KINDS.slice(1).map((kind): Goal => {
    const over = least(kind, "seconds") / least("none", "seconds") - 1;
    const cpu = least(kind, "cpuSeconds") - least("none", "cpuSeconds");
    const speed = bytes / least(kind, "seconds");
    const text = `${kind}: ${percent(over)} more time, ${cpu.toFixed(2)} s more of the processors, ${(speed / 1e6).toFixed(0)} MB/s; goal ≤ ${percent(MOST_OVER)} or ≥ ${OR_SPEED / 1e6} MB/s`;
    return { text, reached: over <= MOST_OVER || speed >= OR_SPEED };
  });
  const figures = KINDS.map((kind) => ({
    tool: kind === "none" ? "not encrypted" : kind,
    measures: of(kind),
  }));
  return { title: `${title} of 1 GiB, encrypted or not`, figures, goals };
}

async function configure(kind: Kind, tree: string, context: BenchContext): Promise<void> {
  const at = (name: string) => join(place(kind, context), name);
  mkdirSync(at("store"), { recursive: true });
  writeConfig(at("holdfast.yml"), {
    ...{ tree, state: at("state"), stores: { local: { kind: "local", path: at("store") } } },
    encryption: await encryptionOf(kind, at, context),
  });
}

async function encryptionOf(
  kind: Kind,
  at: (name: string) => string,
  { signal }: BenchContext,
): Promise<unknown> {
  if (kind === "none") return undefined;
  if (kind === "age") {
    writeFileSync(at("plain.yml"), "{}");
    const { stdout } = await run(holdfast(at("plain.yml"), "key", "new"), signal);
    writeFileSync(at("identity"), stdout);
    return { age: { recipients: [/age1[a-z0-9]+/.exec(stdout)?.[0]], identityFile: at("identity") } };
  }
  writeFileSync(at("passphrase"), "correct horse battery staple");
  return { gpg: { passphraseFile: at("passphrase") } };
}

async function backup(kind: Kind, context: BenchContext): Promise<Measure> {
  return measure(
    holdfast(join(place(kind, context), "holdfast.yml"), "backup", JOB, "--full"),
    context.signal,
  );
}

async function restore(kind: Kind, bytes: number, context: BenchContext): Promise<Measure> {
  const target = join(context.work, "restored");
  mkdirSync(target);
  const command = holdfast(join(place(kind, context), "holdfast.yml"), "restore", JOB, "--to", target);
  const measured = await measure(command, context.signal);
  const restored = sizeOfTree(target).bytes;
  rmSync(target, { recursive: true });
  if (restored !== bytes) throw new Error(`${kind}: ${restored} bytes were restored, not ${bytes}`);
  return measured;
}

function place(kind: Kind, { work }: BenchContext): string {
  return join(work, `encryption-${kind}`);
}

function percent(share: number): string {
  return `${(share * 100).toFixed(0)} %`;
}

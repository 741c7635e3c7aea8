/** The thread that walks, reads, hashes and packs; the main thread compresses and writes what it fills. */
import fs from "node:fs";
import { parentPort, workerData } from "node:worker_threads";

import { SlabRing, type SharedSlabs } from "../../archive/slab-ring.ts";
import { SlabWriter, type SlabSupply } from "../../archive/slab-writer.ts";
import { TreePacker } from "../../archive/tree-packer.ts";
import { XattrReader } from "../../archive/xattrs/xattr-reader.ts";
import type { AgeLimit } from "./age-limit.ts";
import { askAt, type SharedDesk } from "./databases/database-desk.ts";
import { warnOfNoXattrs } from "./entry-xattrs.ts";
import { HoleSeeker } from "./hole-seeker.ts";
import { EarlierContents, type BaseOptions } from "./incremental/earlier-contents.ts";
import { PackReport, type PackSummary } from "../pack-report.ts";
import { packTree } from "./pack-tree.ts";
import { createSelection } from "../selection.ts";

export interface CaptureWorkerData {
  /** Byte string, absolute. */
  root: string;
  include: readonly string[] | undefined;
  exclude: readonly string[] | undefined;
  oneFileSystem: boolean;
  ageLimit: AgeLimit | undefined;
  slabs: SharedSlabs;
  base: BaseOptions | undefined;
  /** Where databases are captured; undefined: they are files like any other. */
  desk: SharedDesk | undefined;
}

export type CapturedObject = "archive" | "index";

export type CaptureMessage =
  | {
      kind: "slab";
      object: CapturedObject;
      slab: number;
      length: number;
      /** Nothing was written to the slab: it stands for one that is full of zeros. */
      isZeros: boolean;
      files: number;
      sourceBytes: number;
    }
  | { kind: "done"; summary: PackSummary };

const { root, include, exclude, oneFileSystem, ageLimit, slabs, base, desk } =
  workerData as CaptureWorkerData;
const ring = new SlabRing(slabs);
const report = new PackReport();

function post(message: CaptureMessage): void {
  parentPort?.postMessage(message);
}

function supplyFor(object: CapturedObject): SlabSupply {
  let slab = 0;
  const submit = (length: number, isZeros: boolean): void => {
    const { files, sourceBytes } = report.totals;
    post({ kind: "slab", object, slab, length, isZeros, files, sourceBytes });
  };
  return {
    acquire: () => ring.slab((slab = ring.acquire())),
    submit: (_, length) => submit(length, false),
    submitZeros: ({ length }) => submit(length, true),
  };
}

export function run(): void {
  const packer = new TreePacker({
    archive: new SlabWriter(supplyFor("archive")),
    index: new SlabWriter(supplyFor("index")),
  });
  const xattrs = XattrReader.open();
  if (xattrs === undefined) warnOfNoXattrs(report);
  const earlier = base && new EarlierContents(base, (why) => (report.baseTrouble = why));
  const selection = createSelection({ include, exclude });
  const holes = HoleSeeker.open();
  const askFate = desk && askAt(desk);
  packTree({ askFate, root, selection, oneFileSystem, ageLimit, packer, fs, report, xattrs, holes, earlier });
  earlier?.close();
  post({ kind: "done", summary: report.summary() });
}

/** Makes FIFOs and device nodes, for which Node has no calls. Device nodes only when asked to: they give access to hardware. */
import { getSystemErrorName } from "node:util";

import { loadCLibrary, type CLibrary } from "../c-library.ts";
import { deviceNumber } from "../device-number.ts";
import { specialType, type IndexEntry, type SpecialType } from "../index-entry.ts";
import type { LossReport } from "./loss-report.ts";

/** As the kernel has them in a mode (include/uapi/linux/stat.h). */
const TYPE_BITS: Record<SpecialType, number> = {
  fifo: 0o010000,
  "character-device": 0o020000,
  "block-device": 0o060000,
};
const OWNER_ONLY = 0o600;

/** musl has a plain symbol, and so has the GNU C library since 2.33. */
type MakeNode = (path: Buffer, mode: number, device: bigint) => number;

export class SpecialFiles {
  readonly #library: CLibrary | undefined = loadCLibrary();
  readonly #makeNode: MakeNode | undefined = this.#library?.call(
    "int mknod(const void *, uint32_t, uint64_t)",
  );
  readonly #makeFifo: ((path: Buffer, mode: number) => number) | undefined = this.#library?.call(
    "int mkfifo(const void *, uint32_t)",
  );
  readonly #withDevices: boolean;
  readonly #losses: LossReport;

  constructor({ withDevices, losses }: { withDevices: boolean; losses: LossReport }) {
    this.#withDevices = withDevices;
    this.#losses = losses;
  }

  /** False, and counted as lost, where this process, file system or platform cannot, or was not asked to. */
  make(path: string, entry: IndexEntry): boolean {
    const type = specialType(entry) ?? "fifo";
    const why = this.#whyNot(Buffer.from(`${path}\0`, "latin1"), entry, type);
    if (why !== undefined) this.#losses.add(type === "fifo" ? "FIFOs" : "device nodes", entry.path, why);
    return why === undefined;
  }

  #whyNot(path: Buffer, { device }: IndexEntry, type: SpecialType): string | undefined {
    const mode = TYPE_BITS[type] | OWNER_ONLY;
    if (type === "fifo") {
      if (this.#makeFifo === undefined) return "this platform has no call for it";
      return this.#makeFifo(path, mode) === 0 ? undefined : this.#reason();
    }
    if (!this.#withDevices) return "--special was not given";
    if (this.#makeNode === undefined || device === undefined) return "this platform has no call for it";
    return this.#makeNode(path, mode, deviceNumber(device)) === 0 ? undefined : this.#reason();
  }

  /** A full disk ends the restore, as it does for everything else. */
  #reason(): string {
    const code = getSystemErrorName(-(this.#library?.errno() ?? 0));
    if (code === "EPERM") return "only root may make them here";
    if (code === "ENOSPC" || code === "EDQUOT") throw Object.assign(new Error(code), { code });
    return `the target's file system refuses them (${code})`;
  }
}

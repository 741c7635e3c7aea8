/**
 * A restore in place, or the settling of one, as a process that `kill-at-change.ts` can kill: every change it makes of the
 * file system goes through the calls that counts. `swap <target> <fresh> <keep|drop|trial> [path…]` or `settle <target> [accept|revert]`.
 */
import { cpSync } from "node:fs";
import { lstat, rename } from "node:fs/promises";

import { openInPlace } from "../../src/archive/in-place/in-place-staging.ts";
import { settleSwaps } from "../../src/archive/in-place/settle-swaps.ts";
import type { Moves } from "../../src/archive/restore/moves.ts";
import { systemProcessTable } from "../../src/observability/process-identity.ts";

const [verb = "", target = "", fresh = "", keep = "", ...paths] = process.argv.slice(2);
const processes = systemProcessTable();
const moves: Moves = {
  async move(from, to) {
    const there = await lstat(to).catch(() => undefined);
    if (there !== undefined) throw Object.assign(new Error(`EEXIST: ${to.toString()}`), { code: "EEXIST" });
    await rename(from, to);
  },
  exchange: () => Promise.resolve(false),
};

if (verb === "settle") {
  const trial = fresh === "accept" || fresh === "revert" ? fresh : undefined;
  for (const sentence of await settleSwaps(target, { processes, moves, trial })) console.log(sentence);
} else {
  const staging = await openInPlace(target, {
    inPlace: {
      title: "the restore",
      keepOld: keep === "keep",
      sourceBytes: 0,
      delta: false,
      onTrial: keep === "trial",
      keptName: ".holdfast-old-20261121T120000Z-0a1b",
    },
    paths: paths.length === 0 ? undefined : paths,
    ...{ processes, moves },
  });
  cpSync(fresh, staging.directory, { recursive: true, preserveTimestamps: true });
  await staging.sync();
  for (const warning of await staging.swap()) console.log(warning);
}

import { appendFileSync, mkdirSync, statfsSync } from "node:fs";
import { join } from "node:path";

import { expect, it } from "vitest";

import { canMountClones, CLONES_NEEDED, mountClones } from "../../../test/fakes/cloning-file-system.ts";
import { contentOf, DuckdbRig, FakeFreeze } from "../../../test/fakes/duckdb-files.ts";
import { temporaryDirectory } from "../../../test/fakes/temporary-directory.ts";
import { captureDuckdb } from "./capture-duckdb.ts";

it.skipIf(!canMountClones())(
  `captures more than there is room for where files can share bytes (${CLONES_NEEDED})`,
  async () => {
    const mounted = mountClones(temporaryDirectory());
    const rig = new DuckdbRig(join(mounted, "data"));
    appendFileSync(rig.main, Buffer.alloc(free(mounted) * 0.6, 7));
    for (const rule of ["optimistic", "freeze"] as const) {
      const scratch = join(mounted, rule);
      mkdirSync(scratch);

      const captured = await captureDuckdb(rig.order({ scratch, rule, freeze: new FakeFreeze().freeze }));

      expect(captured.facts).toMatchObject({ cloned: true, tries: 1 });
      expect(contentOf(captured)).toEqual(rig.live);
    }
  },
);

function free(directory: string): number {
  const { bavail, bsize } = statfsSync(directory);
  return bavail * bsize;
}

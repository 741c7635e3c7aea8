import { it } from "vitest";

import { linksAreMissing } from "../servers/cuttable-link.ts";
import { swiftIsMissing } from "../servers/swift.ts";
import { hasRclone } from "../fakes/rclone-store.ts";
import { hasSshServer } from "../fakes/ssh-server.ts";
import { tortureCuts } from "./cuts/torture-cuts.ts";

const missing =
  linksAreMissing ??
  swiftIsMissing ??
  (hasRclone && hasSshServer ? undefined : "rclone or OpenSSH's server is not installed");

it.skipIf(missing !== undefined)(
  `backups to every kind of store, and restores from it, come through a network that is cut in their middle (a sample: npm run torture -- --cuts does more)${missing === undefined ? "" : ` (${missing})`}`,
  { timeout: 300_000 },
  async () => {
    const seed = Math.floor(Math.random() * 2 ** 31);
    console.info(`npm run torture -- --seed ${seed} --cuts 1`);
    await tortureCuts({ rounds: 1, ms: 3000, seed, print: (line) => console.info(line) });
  },
);

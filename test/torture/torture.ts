/**
 * `npm run torture -- [--kills 200] [--chains N [--path P]] [--seed N]`: kills runs at random moments, and carries out random
 * chains of points. Without a number of either it does 200 kills.
 */
import { parseArgs } from "node:util";

import { tortureChains } from "./chains/torture-chains.ts";
import { tortureByKills } from "./torture-kills.ts";

const { values } = parseArgs({
  options: {
    kills: { type: "string" },
    chains: { type: "string" },
    seed: { type: "string" },
    path: { type: "string" },
  },
});
const seed = Number(values.seed ?? Math.floor(Math.random() * 2 ** 31));
const { kills, chains, path } = values;
if (chains !== undefined) await tortureChains({ cases: Number(chains), seed, path });
if (kills !== undefined || chains === undefined) await tortureByKills({ wanted: Number(kills ?? 200), seed });

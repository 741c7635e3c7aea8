/**
 * `npm run torture -- [--kills 200] [--chains N [--path P]] [--foreign N] [--seed N]`: kills runs at random moments, carries out
 * random chains of points, and has tar readers that are not ours read the archives of random trees. Without a number of any it does
 * 200 kills.
 */
import { parseArgs } from "node:util";

import { tortureChains } from "./chains/torture-chains.ts";
import { tortureForeign } from "./torture-foreign.ts";
import { tortureByKills } from "./torture-kills.ts";

const { values } = parseArgs({
  options: {
    kills: { type: "string" },
    chains: { type: "string" },
    foreign: { type: "string" },
    seed: { type: "string" },
    path: { type: "string" },
  },
});
const seed = Number(values.seed ?? Math.floor(Math.random() * 2 ** 31));
const { kills, chains, foreign, path } = values;
const isAlone = chains === undefined && foreign === undefined;
if (chains !== undefined) await tortureChains({ cases: Number(chains), seed, path });
if (foreign !== undefined) await tortureForeign({ trees: Number(foreign), seed });
if (kills !== undefined || isAlone) await tortureByKills({ wanted: Number(kills ?? 200), seed });

/** Cuts backups to stores of each kind, and restores from them, off the network at random moments, and has the next run heal what that left. */
import { randomFrom } from "../moments.ts";
import { CutRig, type CutOutcome } from "./cut-rig.ts";
import { FAR_KINDS, type FarKind } from "./far-store.ts";

export interface CutsOptions {
  /** Of backups, and as many of restores, with each kind of store. */
  rounds: number;
  /** How long each cut lasts. */
  ms: number;
  seed: number;
  print: (line: string) => void;
}

/** Seeds that are neighbours begin with nearly the same numbers. */
const APART = 0x9e3779b1;

/** All kinds at once: they mostly wait. Throws, once all have ended, when anything was lost or left. */
export async function tortureCuts(options: CutsOptions): Promise<void> {
  const { seed, rounds, ms, print } = options;
  print(
    `seed ${seed}: ${rounds} cuts of ${ms / 1000} s of backups and of restores with each of ${FAR_KINDS.join(", ")}`,
  );
  const ends = await Promise.allSettled(
    FAR_KINDS.map((kind, at) => cutsOf(kind, { ...options, seed: seed + at * APART })),
  );
  const errors = ends.flatMap((end) => (end.status === "rejected" ? [end.reason as unknown] : []));
  if (errors.length > 0) throw new AggregateError(errors, `seed ${seed}: ${errors.map(String).join("; ")}`);
}

async function cutsOf(kind: FarKind, { rounds, ms, seed, print }: CutsOptions): Promise<void> {
  const random = randomFrom(seed);
  const rig = await CutRig.start(kind);
  try {
    for (let round = 1; round <= rounds; round++) {
      for (const what of ["backup", "restore"] as const) {
        const share = random();
        const outcome = await rig[what]({ share, ms }).catch((cause: unknown) => {
          throw new Error(`${kind}, round ${round}, ${what} at ${share.toFixed(2)}: ${String(cause)}`, {
            cause,
          });
        });
        print(`${kind} ${what} cut at ${Math.round(100 * share)} %: ${told(outcome)}`);
      }
    }
  } finally {
    await rig.close();
  }
}

function told({ exitCode, wasUnhurt, reason, seconds }: CutOutcome): string {
  const unhurt = wasUnhurt ? ", before it could be cut" : "";
  return `ended with ${exitCode} after ${seconds} s${unhurt}${reason === "" ? "" : `: ${reason}`}`;
}

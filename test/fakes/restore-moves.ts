/** Moves of a restore's swap that go as a test wants them to. */
import { systemMoves, type Moves } from "../../src/archive/restore/moves.ts";

export interface ScriptedMoves {
  /** Called before each move, with the number of those before it; what it throws, the move fails with. */
  before?: (from: string, to: string, count: number) => void;
  /** False: this system cannot exchange. */
  canExchange?: boolean;
}

export function scriptedMoves({ before, canExchange = true }: ScriptedMoves): Moves {
  let count = 0;
  return {
    async move(from, to) {
      before?.(from.toString(), to.toString(), count++);
      await systemMoves.move(from, to);
    },
    exchange: async (a, b) => canExchange && systemMoves.exchange(a, b),
  };
}

export function errno(code: string): Error {
  return Object.assign(new Error(`${code}: as the test wants it`), { code });
}

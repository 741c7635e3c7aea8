import type { Stage } from "../stage.ts";

/** A part of the story. Throws NotHeld for a promise that did not hold. */
export interface Chapter {
  title: string;
  play(stage: Stage): Promise<void>;
}

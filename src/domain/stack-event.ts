/** What happens beside runs and is worth a line in the log. Some of it people are told, too: nobody else would know. */
export interface StackEvent {
  /**
   * `cleaned`: what a process that was killed had left was ended, released or removed. `late`: services were held for longer than they
   * may be. `trouble`: for the log alone.
   */
  kind: "cleaned" | "late" | "trouble";
  /** One sentence, or a few. */
  text: string;
  /** Undefined: about no job in particular. */
  job?: string | undefined;
}

/** Must not throw. */
export type TellEvent = (event: StackEvent) => void;

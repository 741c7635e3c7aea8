/** A hidden verb: what a one-off container runs to capture a volume for the sidecar, which reads its standard output. */
import { captureForAnother } from "../daemon/compose-capture.ts";
import { EXIT } from "./exit-codes.ts";
import { warnLine, write } from "./terminal.ts";
import type { Verb } from "./verb.ts";

export const captureStream: Verb<object, [order: string]> = async ({ terminal, signal }, _options, order) => {
  const isWhole = await captureForAnother(order, {
    output: { write: (chunk) => write(terminal.stdout, chunk) },
    onEvent: ({ text }) => warnLine(terminal, text),
    signal,
  });
  return isWhole ? EXIT.done : EXIT.failed;
};

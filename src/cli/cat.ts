/** `holdfast cat <point> <path>`: one file to standard output, reading only what holds it. */
import { readFileContent } from "../archive/read-content.ts";
import { findEntry } from "../archive/find-entries.ts";
import { EXIT } from "./exit-codes.ts";
import { withStores } from "./open-stack.ts";
import { archiveOf, indexOf, pointCopies } from "./point-argument.ts";
import { write } from "./terminal.ts";
import type { Verb } from "./verb.ts";

/** Ends with an error after the last byte when the digest does not match: whoever pipes it must look at the exit code. */
export const cat: Verb<object, [id: string, path: string]> = async (context, _options, id, path) =>
  withStores(context, async (stack) => {
    const { signal, terminal } = context;
    const [copy] = await pointCopies(context, stack, id);
    const entry = await findEntry(indexOf(stack, copy), path, { signal });
    for await (const chunk of readFileContent({ entry, archive: archiveOf(stack, copy), signal })) {
      await write(terminal.stdout, chunk);
    }
    return EXIT.done;
  });

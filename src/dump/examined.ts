/** The bytes of a dump on their way to a server, examined once more: a dump that is not whole is not taken for one. */
import { HoldfastError, messageOf } from "../domain/errors.ts";
import type { DumpExaminer } from "./dump-kind.ts";

export async function* examined(
  chunks: AsyncIterable<Uint8Array>,
  { examiner, onBytes, what }: { examiner: DumpExaminer; onBytes: (count: number) => void; what: string },
): AsyncGenerator<Uint8Array> {
  try {
    for await (const chunk of chunks) {
      examiner.push(chunk);
      yield chunk;
      onBytes(chunk.length);
    }
    examiner.finish();
  } catch (error) {
    if (error instanceof HoldfastError) throw error;
    throw new HoldfastError("damaged", {
      what,
      why: `the dump is not whole: ${messageOf(error)}`,
      cause: error,
    });
  }
}

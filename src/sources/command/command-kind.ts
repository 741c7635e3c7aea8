/** The `command` kind: whatever a command writes is the dump, as far as its exit code, its end and its size can tell. */
import { parseSize } from "../../domain/size.ts";
import type { DumpExaminer, DumpFacts, DumpKind } from "../../dump/dump-kind.ts";
import type { CommandOptions } from "./options.ts";

export function commandKind(options: CommandOptions): DumpKind {
  const { service, image, command, env, runAs, extension, endMarker, minSize, allowEmpty } = options;
  const source = service === undefined ? `image ${image ?? ""}` : `service ${service}`;
  const [program = ""] = command;
  const name = program === "sh" && command[1] === "-c" ? "the command" : program;
  return {
    ...{ kind: "command", source, allowEmpty },
    async plan() {
      const part = {
        ...{ name: `dump.${extension}`, what: `the output of ${name}` },
        tool: { name, command, env, secrets: Object.values(env), user: runAs },
        examiner: new OutputExaminer({ endMarker, minSize: parseSize(minSize ?? "0") ?? 0, allowEmpty }),
        facts: {},
      };
      const facts = service === undefined ? { image } : { service };
      return { parts: [part], facts, warnings: [] };
    },
    inspect: async () => [],
  };
}

interface Expected {
  endMarker: string | undefined;
  minSize: number;
  allowEmpty: boolean;
}

export class OutputExaminer implements DumpExaminer {
  readonly #expected: Expected;
  readonly #marker: Buffer;
  #end = Buffer.alloc(0);
  #bytes = 0;

  constructor(expected: Expected) {
    this.#expected = expected;
    this.#marker = Buffer.from(expected.endMarker ?? "");
  }

  push(chunk: Uint8Array): void {
    this.#bytes += chunk.length;
    if (this.#marker.length === 0) return;
    // White space may follow: a tool ends its last line.
    const kept = this.#marker.length + MOST_BLANK;
    this.#end = Buffer.concat([this.#end, chunk.subarray(-kept)]).subarray(-kept);
  }

  finish(): DumpFacts {
    const { minSize, endMarker, allowEmpty } = this.#expected;
    if (this.#bytes === 0 && !allowEmpty) throw new Error("it is empty");
    if (this.#bytes < minSize) throw new Error(`it has ${this.#bytes} bytes, and minSize is ${minSize}`);
    const end = this.#end.toString("latin1").trimEnd();
    if (!end.endsWith(this.#marker.toString("latin1").trimEnd()))
      throw new Error(`it does not end with ${JSON.stringify(endMarker)}`);
    return { objects: undefined, facts: {} };
  }
}

const MOST_BLANK = 64;

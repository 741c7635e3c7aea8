/** Gives a command's dump back to the service that it came from, on the standard input of another command. */
import { askTool } from "../../dump/ask-tool.ts";
import type { OpenPlace } from "../../dump/service-place.ts";
import type { DumpRestore, DumpRestorer } from "../../ports/dump-restorer.ts";
import type { CommandOptions } from "./options.ts";

/** Undefined where no command takes it back. */
export function commandRestorer(options: CommandOptions, open: OpenPlace): DumpRestorer | undefined {
  const { service, restoreCommand: command, env, runAs, stopForRestore } = options;
  if (service === undefined || command === undefined) return undefined;
  return {
    ...{ service, stopForRestore, hasDatabases: false, isAtomic: false },
    look: async ({ service: to = service }) => [`what service ${to} holds`],
    async restore({ dumps, service: to = service, signal, onProgress }: DumpRestore) {
      const what = `Restoring to service ${to}`;
      const place = await open({ service: to, what, signal });
      let bytes = 0;
      for (const dump of dumps) {
        const stdin = counted(dump.read(signal), (count) => onProgress?.((bytes += count)));
        const tool = {
          name: command[0] === "sh" ? "the command" : (command[0] ?? ""),
          command,
          env,
          secrets: Object.values(env),
          user: runAs,
        };
        await askTool(place, { ...tool, stdin }, { what, signal });
      }
      return { warnings: [], kept: undefined, accept: async () => undefined, revert: undefined };
    },
  };
}

async function* counted(
  chunks: AsyncIterable<Uint8Array>,
  onBytes: (count: number) => void,
): AsyncGenerator<Uint8Array> {
  for await (const chunk of chunks) {
    yield chunk;
    onBytes(chunk.length);
  }
}

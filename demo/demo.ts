/**
 * `npm run demo`: what Holdfast does, on a small real data set, in about a minute and in a temporary directory that is
 * removed at the end. `--once` ends with exit code 0 if all that it shows held, else 1; without it the daemon keeps
 * running until Ctrl-C.
 */
import { once } from "node:events";
import { Screen } from "./screen.ts";
import { Stage } from "./stage.ts";
import { playStory } from "./story.ts";

const SIGNALS = { SIGINT: 130, SIGTERM: 143, SIGHUP: 129 } as const;

const screen = new Screen(process.stdout);
const cancel = new AbortController();
let signalCode = 1;

for (const [name, code] of Object.entries(SIGNALS)) {
  process.on(name, () => {
    // A second one means now.
    if (cancel.signal.aborted) process.exit(code);
    signalCode = code;
    cancel.abort();
  });
}

// Nobody reads any more (`| head`).
process.stdout.on("error", () => cancel.abort());

process.exit(await main(process.argv.slice(2)));

async function main(args: readonly string[]): Promise<number> {
  const unknown = args.find((argument) => argument !== "--once");
  if (unknown !== undefined) {
    process.stderr.write(`The demo knows no ${unknown}. Usage: npm run demo [-- --once]\n`);
    return 2;
  }
  const stage = await Stage.open(screen, cancel.signal);
  try {
    return await perform(stage, { once: args.includes("--once") });
  } catch (error) {
    if (!cancel.signal.aborted) throw error;
    return signalCode;
  } finally {
    await stage.close();
    screen.say("The demo has ended its programs and removed its directory.");
  }
}

async function perform(stage: Stage, options: { once: boolean }): Promise<number> {
  screen.say("Holdfast, from the first backup to a restore, in about a minute.");
  const startedAt = performance.now();
  const failures = await playStory(stage);
  const took = Math.round((performance.now() - startedAt) / 1000);
  screen.heading(failures.length === 0 ? "All of it held" : "Not all of it held");
  for (const failure of failures) screen.line("FAILED", failure);
  screen.say(`It took ${took} s.`);
  if (failures.length > 0) return 1;
  if (!options.once) await stay(stage);
  return 0;
}

/** Leaves the stack to whoever wants to look around. */
async function stay({ daemon, places, signal }: Stage): Promise<void> {
  screen.say(`The daemon keeps running. Its status page: ${daemon.url}/`);
  screen.say("In another terminal, in this directory:");
  screen.toCopy(`npm run holdfast -- -c ${places.config} list`);
  screen.say("Ctrl-C ends it and removes everything.");
  if (!signal.aborted) await once(signal, "abort");
}

/** `holdfast notify test [channel…]`: does an alert arrive? */
import { randomUUID } from "node:crypto";
import { noteSuccess } from "../app/channel-health.ts";
import { HoldfastError, messageOf } from "../domain/errors.ts";
import { testMessage } from "../domain/test-message.ts";
import type { Notifier } from "../ports/notifier.ts";
import { EXIT } from "./exit-codes.ts";
import { withStack } from "./open-stack.ts";
import { printJson, printLine } from "./terminal.ts";
import type { Verb } from "./verb.ts";

export const testNotify: Verb<object, [names: string[]]> = async (context, _options, names) =>
  withStack(context, async (stack) => {
    const notifiers = choose(stack.notifiers, names);
    const { clock, stack: name } = stack.context;
    const message = testMessage({ stack: name, id: randomUUID(), at: clock.now() });
    const results = await Promise.all(
      notifiers.map(async (notifier) => {
        const error = await notifier.send(message, { signal: context.signal }).then(() => null, messageOf);
        if (error === null) noteSuccess(stack.state.notes, notifier.name);
        return { channel: notifier.name, kind: notifier.kind, delivered: error === null, error };
      }),
    );
    if (context.json) await printJson(context.terminal, results);
    else
      for (const { channel, error } of results)
        await printLine(context.terminal, `${channel}: ${error ?? "delivered."}`);
    return results.every(({ delivered }) => delivered) ? EXIT.done : EXIT.failed;
  });

function choose(all: readonly Notifier[], names: readonly string[]): readonly Notifier[] {
  const known = all.map(({ name }) => name);
  const unknown = names.find((name) => !known.includes(name));
  if (unknown !== undefined || all.length === 0) {
    throw new HoldfastError("usage", {
      what: "Testing the alert channels",
      why: unknown === undefined ? "none is configured" : `there is no channel ${unknown}`,
      next: known.length === 0 ? "configure one under alerts.channels" : `name one of: ${known.join(", ")}`,
    });
  }
  return names.length === 0 ? all : all.filter(({ name }) => names.includes(name));
}

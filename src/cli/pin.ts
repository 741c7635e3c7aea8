/** `holdfast pin | unpin <point>`: keeps a point whatever the retention says, in every store that has it. */
import { pin as pinPoint, unpin as unpinPoint } from "../app/point-objects.ts";
import type { PointCopy } from "../app/locate-point.ts";
import type { Stack } from "../daemon/compose.ts";
import { EXIT } from "./exit-codes.ts";
import { withStack } from "./open-stack.ts";
import { pointCopies } from "./point-argument.ts";
import { printJson, printLine } from "./terminal.ts";
import type { Verb, VerbContext } from "./verb.ts";

export const pin: Verb<object, [id: string]> = (context, _options, id) =>
  onEveryCopy(context, id, "pin", async (stack, { store, point }) =>
    pinPoint(store, point.record, { at: stack.context.clock.now(), signal: context.signal }),
  );

export const unpin: Verb<object, [id: string]> = (context, _options, id) =>
  onEveryCopy(context, id, "unpin", async (_stack, { store, point }) =>
    unpinPoint(store, point.record, { signal: context.signal }),
  );

async function onEveryCopy(
  context: VerbContext,
  id: string,
  operation: "pin" | "unpin",
  change: (stack: Stack, copy: PointCopy) => Promise<void>,
) {
  return withStack(context, async (stack) => {
    const copies = await pointCopies(context, stack, id);
    for (const copy of copies) await change(stack, copy);
    const [{ point }] = copies;
    const stores = copies.map(({ store }) => store.name);
    const { actor, clock, state } = stack.context;
    const details = { point: point.id, stores };
    state.audit.record({ at: clock.now(), actor, operation, job: point.job, outcome: "succeeded", details });
    if (context.json) await printJson(context.terminal, { ...details, pinned: operation === "pin" });
    else await printLine(context.terminal, `${point.id} is ${operation}ned in ${stores.join(", ")}.`);
    return EXIT.done;
  });
}

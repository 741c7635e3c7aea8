/** The `checks` of jobs, asked of a copy instead of what runs. */
import { statusInNetwork } from "../app/project-copy/ask-in-network.ts";
import { failedCheck } from "../app/restore-in-stack/run-checks.ts";
import type { RestoreCheck } from "../domain/restore-check.ts";
import type { CopySurroundings } from "./compose-copy-dumps.ts";

/** A clause for each job of which one fails. */
export async function copyChecks(
  around: CopySurroundings,
  jobs: readonly string[],
  { warn, signal }: { warn: (sentence: string) => void; signal: AbortSignal },
): Promise<string[]> {
  const { stack, plan, own, labels, healthLimit } = around;
  const { runtime, context } = stack;
  const { project, network } = plan;
  const names = namesIn(around);
  const ask = {
    runtime,
    clock: context.clock,
    image: own.image,
    network: network.name,
    labels,
    prefix: project,
  };
  const failures: string[] = [];
  for (const name of jobs) {
    const checks = stack.job(name).job.afterRestore.checks.filter((check) => {
      const host = hostOf(check);
      if (host === undefined || names.has(host)) return true;
      warn(`The check of ${host} is left out: the copy reaches nothing but its own services.`);
      return false;
    });
    const http = { statusOf: (url: string, until: AbortSignal) => statusInNetwork(ask, url, until) };
    const question = { checks, stopped: [], healthLimit, project, signal };
    const failure = await failedCheck({ runtime, clock: context.clock, http }, question);
    if (failure !== undefined) failures.push(`${name}: ${failure}`);
  }
  return failures;
}

function hostOf({ look }: RestoreCheck): string | undefined {
  return look.kind === "http" ? new URL(look.url).hostname : undefined;
}

function namesIn({ plan: { containers } }: CopySurroundings): ReadonlySet<string> {
  return new Set(
    containers.flatMap(({ name, network }) =>
      network !== undefined && "aliases" in network ? [name, ...network.aliases] : [name],
    ),
  );
}

/** What anybody on the machine sees of a stack: command lines of processes, in its containers and outside, and what the engine tells of containers. */
import { readdirSync, readFileSync } from "node:fs";
import { waitUntil } from "../wait-until.ts";
import { docker } from "./images.ts";
import type { Lab } from "./lab.ts";

const LIMIT_MS = 150_000;

/** Every command line that there was while `work` went on: a container's processes are also the machine's, where its engine runs on it. */
export async function commandLinesWhile(work: () => Promise<unknown>): Promise<string> {
  const seen = new Set<string>();
  let isOver = false;
  const done = work().finally(() => (isOver = true));
  await Promise.all([
    done,
    waitUntil(
      "the end of what was looked at",
      () => {
        for (const pid of readdirSync("/proc")) if (/^\d+$/.test(pid)) seen.add(commandLineOf(pid));
        return isOver;
      },
      LIMIT_MS,
    ),
  ]);
  return [...seen].join("\n");
}

function commandLineOf(pid: string): string {
  try {
    return readFileSync(`/proc/${pid}/cmdline`, "latin1").replaceAll("\0", " ");
  } catch {
    // It has ended.
    return "";
  }
}

/** Of all containers of the project, also of those that Holdfast made for itself. */
export async function inspected(lab: Lab, project: string): Promise<string> {
  const labels = ["com.docker.compose.project", "holdfast.project", "holdfast.stack"];
  const ids = await Promise.all(
    labels.map((label) => docker(lab, "ps", "--all", "--quiet", "--filter", `label=${label}=${project}`)),
  );
  const all = [...new Set(ids.join("\n").split("\n"))].filter((id) => id !== "");
  return docker(lab, "inspect", ...all);
}

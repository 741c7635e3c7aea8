/** A Compose project in the lab, as a user has it, and removed with all its volumes afterwards. */
import { randomUUID } from "node:crypto";
import { run, type CommandEnd } from "./command.ts";
import { docker } from "./images.ts";
import type { Lab } from "./lab.ts";
import { must } from "./command.ts";

export interface ComposeStackOptions {
  /** Paths of the compose files, in their order. */
  files: readonly string[];
  /** For the variables in them. */
  env?: Readonly<Record<string, string>>;
}

export class ComposeStack {
  readonly project = `lab-${randomUUID().slice(0, 8)}`;
  readonly #lab: Lab;
  readonly #options: ComposeStackOptions;

  constructor(lab: Lab, options: ComposeStackOptions) {
    this.#lab = lab;
    this.#options = options;
  }

  /** `docker compose …` on the project; gives its standard output. */
  compose(...args: string[]): Promise<string> {
    return must("/usr/bin/docker", this.#args(args), { env: this.#env() });
  }

  /** Like `compose`, however it ends. */
  tryCompose(...args: string[]): Promise<CommandEnd> {
    return run("/usr/bin/docker", this.#args(args), { env: this.#env() });
  }

  async up(): Promise<void> {
    await this.compose("up", "--detach", "--wait", "--quiet-pull");
  }

  /** `holdfast …` in the running sidecar. */
  holdfast(...args: string[]): Promise<CommandEnd> {
    return this.tryCompose("exec", "-T", "backup", "holdfast", ...args);
  }

  /** The address on this machine of a service's port. */
  async url(service: string, port: number): Promise<string> {
    return `http://${(await this.compose("port", service, String(port))).trim()}`;
  }

  async remove(): Promise<void> {
    // Compose does not know what a killed sidecar left working for it.
    const label = `label=holdfast.project=${this.project}`;
    const left = (await docker(this.#lab, "ps", "--all", "--quiet", "--filter", label)).split("\n");
    const ids = left.filter((id) => id !== "");
    if (ids.length > 0) await docker(this.#lab, "rm", "--force", ...ids);
    await this.compose("down", "--volumes", "--timeout", "0", "--remove-orphans");
  }

  #args(args: readonly string[]): string[] {
    const files = this.#options.files.flatMap((file) => ["--file", file]);
    return ["compose", "--project-name", this.project, ...files, ...args];
  }

  #env(): Record<string, string> {
    return { ...this.#lab.env, HOLDFAST_IMAGE: this.#lab.image, DOCKER_BUILDKIT: "0", ...this.#options.env };
  }
}

/** A Compose project in the lab, as a user has it, and removed with all its volumes afterwards. */
import { randomUUID } from "node:crypto";
import { fileURLToPath } from "node:url";
import { run, type CommandEnd } from "./command.ts";
import { docker } from "./images.ts";
import type { Lab } from "./lab.ts";
import { must } from "./command.ts";

export interface ComposeStackOptions {
  /** Paths of the compose files, in their order. */
  files: readonly string[];
  /** For the variables in them. */
  env?: Readonly<Record<string, string>>;
  /** The sidecar's health is looked at as often as its image says, which is every half a minute. */
  keepsHealthcheck?: boolean;
}

export const QUICK = fileURLToPath(new URL("quick-sidecar.yml", import.meta.url));
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

  /** Resolves once every service is healthy, and the sidecar answers. */
  async up(): Promise<void> {
    await this.compose("up", "--detach", "--wait", "--quiet-pull");
  }

  /** The name of the service's container. */
  container(service: string): string {
    return `${this.project}-${service}-1`;
  }

  /** `docker exec …` in the service's container, which takes half the time that `docker compose exec` takes. */
  exec(service: string, ...command: string[]): Promise<string> {
    return this.execWith({}, service, ...command);
  }

  /** Like `exec`, with these variables, which no command line shows. */
  execWith(
    variables: Readonly<Record<string, string>>,
    service: string,
    ...command: string[]
  ): Promise<string> {
    const names = Object.keys(variables).flatMap((name) => ["--env", name]);
    return must("/usr/bin/docker", ["exec", ...names, this.container(service), ...command], {
      env: { ...this.#env(), ...variables },
    });
  }

  /** `holdfast …` in the running sidecar. */
  holdfast(...args: string[]): Promise<CommandEnd> {
    return run("/usr/bin/docker", ["exec", this.container("backup"), "holdfast", ...args], {
      env: this.#env(),
    });
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
    const all =
      this.#options.keepsHealthcheck === true ? this.#options.files : [...this.#options.files, QUICK];
    const files = all.flatMap((file) => ["--file", file]);
    return ["compose", "--project-name", this.project, ...files, ...args];
  }

  #env(): Record<string, string> {
    return { ...this.#lab.env, HOLDFAST_IMAGE: this.#lab.image, DOCKER_BUILDKIT: "0", ...this.#options.env };
  }
}

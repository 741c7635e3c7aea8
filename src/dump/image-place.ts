/** A container made of an image as the place where one tool runs, and removed when it has ended or is given up. */
import { randomBytes } from "node:crypto";
import { hasCode, HoldfastError } from "../domain/errors.ts";
import type { CommandEnd } from "../ports/container-runtime.ts";
import type { ToolOutput, ToolPlace, ToolRun } from "./dump-kind.ts";
import type { StackContext } from "./service-place.ts";

export interface ImageChoice {
  image: string;
  /** Undefined: those of the container that this process runs in. */
  networks: readonly string[] | undefined;
}

export class ImagePlace implements ToolPlace {
  readonly name: string;
  readonly container = undefined;
  readonly remarks: readonly string[] = [];
  readonly #choice: ImageChoice;
  readonly #context: StackContext;

  constructor(choice: ImageChoice, context: StackContext) {
    this.name = `image ${choice.image}`;
    this.#choice = choice;
    this.#context = context;
  }

  async run({ name, command, env }: ToolRun, output: ToolOutput, signal: AbortSignal): Promise<CommandEnd> {
    const { runtime, project, job } = this.#context;
    const { image } = this.#choice;
    const labels = { "holdfast.stack": project, "holdfast.job": job, "holdfast.purpose": "command" };
    await this.#removeLeftovers(labels, signal);
    const networks = this.#choice.networks ?? (await runtime.ownContainer(signal))?.networks;
    const request = {
      name: `${project}-holdfast-command-${randomBytes(4).toString("hex")}`,
      ...{ image, command, env, labels, networks, keepsNoLog: true },
    };
    const id = await runtime.create(request, signal).catch((error: unknown) => {
      throw hasCode(error, "not-found") ? noImage(name, image, error) : error;
    });
    try {
      return await runtime.attach(id, output, signal);
    } finally {
      await runtime.remove(id, new AbortController().signal);
    }
  }

  async #removeLeftovers(labels: Readonly<Record<string, string>>, signal: AbortSignal): Promise<void> {
    const { runtime } = this.#context;
    for (const { id } of await runtime.containers({ labels }, signal)) await runtime.remove(id, signal);
  }
}

function noImage(tool: string, image: string, cause: unknown): HoldfastError {
  return new HoldfastError("source", {
    what: `Running ${tool} in a container of its own`,
    why: `the engine has no image ${image}`,
    next: `pull it: \`docker pull ${image}\``,
    cause,
  });
}

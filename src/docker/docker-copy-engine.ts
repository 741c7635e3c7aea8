/** The CopyEngine port on a Docker Engine. */
import type Docker from "dockerode";
import { hasCode } from "../domain/errors.ts";
import type { ContainerBlueprint, CopiedContainer, CopyEngine, NamedThing } from "../ports/copy-engine.ts";
import { asking, type Ask } from "./ask.ts";
import { connect, type Connection } from "./connect.ts";
import { blueprintOf } from "./container-blueprint.ts";
import { COMPOSE } from "./container-facts.ts";
import { copiedSettings } from "./copied-settings.ts";
import { parseEngineAddress } from "./engine-address.ts";

export class DockerCopyEngine implements CopyEngine {
  readonly #address: string;
  #connection: Promise<Connection> | undefined;

  /** `address` as in DOCKER_HOST. Nothing is connected before it is needed. */
  constructor(address: string) {
    this.#address = address;
  }

  async blueprints(project: string, signal: AbortSignal): Promise<ContainerBlueprint[]> {
    const { docker, ask } = await this.#with(`Looking at the containers of project ${project}`, signal);
    const label = [`${COMPOSE.project}=${project}`];
    const found = await ask("list", (abortSignal) =>
      docker.listContainers({ all: true, filters: { label }, abortSignal }),
    );
    const infos = await Promise.all(
      found.map(({ Id }) =>
        ask("inspect", (abortSignal) => docker.getContainer(Id).inspect({ abortSignal })).catch(unlessGone),
      ),
    );
    return infos.flatMap((info) => (info === undefined ? [] : blueprintOf(info)));
  }

  async networks({ labels }: { labels: NamedThing["labels"] }, signal: AbortSignal): Promise<NamedThing[]> {
    const { docker, ask } = await this.#with("Listing the networks", signal);
    const label = Object.entries(labels).map(([name, value]) => `${name}=${value}`);
    const found = await ask("networks", (abortSignal) =>
      docker.listNetworks({ filters: { label }, abortSignal }),
    );
    return found.map(({ Name, Labels }) => ({ name: Name, labels: Labels ?? {} }));
  }

  async createNetwork({ name, labels }: NamedThing, signal: AbortSignal): Promise<void> {
    const { docker, ask } = await this.#with(`Making network ${name}`, signal);
    const settings = { Name: name, Labels: { ...labels }, Internal: true, CheckDuplicate: true };
    await ask("createNetwork", (abortSignal) => docker.createNetwork({ ...settings, abortSignal }));
  }

  async createVolume({ name, labels }: NamedThing, signal: AbortSignal): Promise<void> {
    const { docker, ask } = await this.#with(`Making volume ${name}`, signal);
    await ask("createVolume", (abortSignal) =>
      docker.createVolume({ Name: name, Labels: { ...labels }, abortSignal }),
    );
  }

  async createContainer(of: CopiedContainer, signal: AbortSignal): Promise<string> {
    const { docker, ask } = await this.#with(`Making container ${of.name}`, signal);
    const { id } = await ask("create", (abortSignal) =>
      docker.createContainer({ ...copiedSettings(of), abortSignal }),
    );
    return id;
  }

  async removeNetwork(name: string, signal: AbortSignal): Promise<void> {
    const { docker, ask } = await this.#with(`Removing network ${name}`, signal);
    await ask("removeNetwork", (abortSignal) => docker.getNetwork(name).remove({ abortSignal })).catch(
      unlessGone,
    );
  }

  async removeVolume(name: string, signal: AbortSignal): Promise<void> {
    const { docker, ask } = await this.#with(`Removing volume ${name}`, signal);
    await ask("removeVolume", (abortSignal) => docker.getVolume(name).remove({ abortSignal })).catch(
      unlessGone,
    );
  }

  async #with(what: string, signal: AbortSignal): Promise<{ docker: Docker; ask: Ask }> {
    this.#connection ??= connect(parseEngineAddress(this.#address), this.#address, signal);
    try {
      const { docker } = await this.#connection;
      return { docker, ask: asking(what, this.#address, signal) };
    } catch (error) {
      this.#connection = undefined;
      throw error;
    }
  }
}

function unlessGone(error: unknown): undefined {
  if (!hasCode(error, "not-found")) throw error;
}

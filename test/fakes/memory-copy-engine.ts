/** What makes copies in an engine in memory. */
import type {
  ContainerBlueprint,
  CopiedContainer,
  CopyEngine,
  NamedThing,
} from "../../src/ports/copy-engine.ts";
import type { Container } from "../../src/ports/container-runtime.ts";
import type { MemoryEngine } from "./memory-engine.ts";

export class MemoryCopyEngine implements CopyEngine {
  readonly networksThere: NamedThing[] = [];
  readonly containersMade: CopiedContainer[] = [];
  readonly #engine: MemoryEngine;

  constructor(engine: MemoryEngine) {
    this.#engine = engine;
  }

  async blueprints(project: string): Promise<ContainerBlueprint[]> {
    return (await this.#engine.containers({ project })).map((container) => blueprint(container));
  }

  async networks({ labels }: { labels: NamedThing["labels"] }): Promise<NamedThing[]> {
    return this.networksThere.filter((network) =>
      Object.entries(labels).every(([name, value]) => network.labels[name] === value),
    );
  }

  async createNetwork(of: NamedThing): Promise<void> {
    await this.#engine.beforeChange(`create network ${of.name}`);
    this.networksThere.push(of);
  }

  async createVolume({ name, labels }: NamedThing): Promise<void> {
    const project = labels["com.docker.compose.project"];
    const key = labels["com.docker.compose.volume"];
    this.#engine.volumesThere.push({ name, labels, project, key, driver: "local" });
  }

  async createContainer(of: CopiedContainer): Promise<string> {
    this.containersMade.push(of);
    return this.#engine.create({ name: of.name, image: of.image, command: [], labels: of.labels });
  }

  async removeNetwork(name: string): Promise<void> {
    remove(this.networksThere, name);
  }

  async removeVolume(name: string): Promise<void> {
    remove(this.#engine.volumesThere, name);
  }
}

function remove(from: { name: string }[], name: string): void {
  const at = from.findIndex((each) => each.name === name);
  if (at >= 0) from.splice(at, 1);
}

/** A container that asks for nothing special, but for `more`. */
export function blueprint(container: Container, more: Partial<ContainerBlueprint> = {}): ContainerBlueprint {
  return {
    ...{ container, kept: { config: {}, host: {} }, aliases: [], network: "own", subpaths: {} },
    rights: {
      ...{ privileged: false, namespaces: [], devices: [], capAdd: [], capDrop: [], securityOpt: [] },
      restarts: false,
    },
    ...more,
  };
}

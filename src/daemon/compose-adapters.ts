/** From the options of a kind to its adapter: one line a kind. */
import type { ChannelOptions, SourceOptions, StoreOptions } from "../config/schema.ts";
import { createSlackNotifier } from "../notifiers/slack/slack.ts";
import { createWebhookNotifier } from "../notifiers/webhook/webhook.ts";
import { DockerRuntime } from "../docker/docker-runtime.ts";
import type { Clock } from "../ports/clock.ts";
import type { ContainerRuntime } from "../ports/container-runtime.ts";
import type { Notifier } from "../ports/notifier.ts";
import type { ProcessTable } from "../ports/process-identity.ts";
import type { Source } from "../ports/source.ts";
import type { Store } from "../ports/store.ts";
import { createVolumeSource } from "../sources/volume/volume-source.ts";
import { LocalStore } from "../stores/local/local-store.ts";

export function createStore(
  name: string,
  options: StoreOptions,
  { processes }: { processes: ProcessTable },
): Store {
  switch (options.kind) {
    case "local":
      return new LocalStore({ name, path: options.path, processes });
  }
}

export function createSource(options: SourceOptions): Source {
  switch (options.kind) {
    case "volume":
      return createVolumeSource(options);
  }
}

export function createRuntime(address: string): ContainerRuntime {
  return new DockerRuntime(address);
}

export function createNotifier(name: string, options: ChannelOptions, { clock }: { clock: Clock }): Notifier {
  switch (options.kind) {
    case "slack":
      return createSlackNotifier(name, options, { clock });
    case "webhook":
      return createWebhookNotifier(name, options, { clock });
  }
}

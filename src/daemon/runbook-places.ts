/** Where the stores of a config are: in words, and as an address that `--from` takes. */
import type { ConfiguredStore, LoadedConfig } from "../config/loaded-config.ts";
import { mountHolding } from "../app/one-off/own-mounts.ts";
import type { Container } from "../ports/container-runtime.ts";
import type { RunbookStore } from "../app/runbook/facts.ts";

/** `own`: the container that this runs in, as far as there is one. */
export function runbookStores(config: LoadedConfig, own: Container | undefined): RunbookStore[] {
  const ofVendor = [...config.snapshotStores, ...config.managedStores].map(({ name }) => ({
    ...{
      name,
      kind: "cloud",
      place: "with the vendor of the cloud, in the project of its disks or instances",
    },
    ...{ address: undefined, isAppendOnly: false, isHere: false, isInStack: false },
  }));
  return [...config.stores.map((store) => storeOf(store, config.stack, own)), ...ofVendor];
}

function storeOf(
  { name, options }: ConfiguredStore,
  stack: string,
  own: Container | undefined,
): RunbookStore {
  const isAppendOnly = options.pruning === "elsewhere";
  const { place, address } = placeOf(options, stack);
  const isHere = options.kind === "local";
  const isInStack = isHere && mountHolding(own?.mounts ?? [], options.path)?.kind === "volume";
  return { name, kind: options.kind, place, address, isAppendOnly, isHere, isInStack };
}

function placeOf(options: ConfiguredStore["options"], stack: string): { place: string; address: string } {
  switch (options.kind) {
    case "local":
      return { place: options.path, address: `file://${options.path.replace(/\/+$/, "")}/${stack}/` };
    case "gcs": {
      const place = `gs://${joined(options.bucket, options.prefix)}`;
      return { place, address: `${place}/${stack}/${query({ endpoint: options.endpoint })}` };
    }
    case "s3": {
      const place = `s3://${joined(options.bucket, options.prefix)}`;
      const { region, endpoint } = options;
      const at = endpoint === undefined ? place : `${place} at ${endpoint}`;
      return { place: at, address: `${place}/${stack}/${query({ region, endpoint })}` };
    }
    case "rclone": {
      const { remote, configFile } = options;
      const path = remote.endsWith(":") ? remote : `${remote.replace(/\/+$/, "")}/`;
      return { place: remote, address: `rclone:${path}${stack}/${query({ configFile })}` };
    }
  }
}

function joined(bucket: string, prefix: string | undefined): string {
  return prefix === undefined || prefix === "" ? bucket : `${bucket}/${prefix.replace(/\/+$/, "")}`;
}

function query(options: Record<string, string | undefined>): string {
  const given = Object.entries(options).filter((entry): entry is [string, string] => entry[1] !== undefined);
  return given.length === 0 ? "" : `?${new URLSearchParams(given).toString()}`;
}

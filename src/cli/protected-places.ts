/** What of the config a restore must not go over: the stores on this machine, the state, the sources. */
import type { ProtectedPlace } from "../archive/restore/protected-places.ts";
import type { NamedMount } from "../daemon/named-mounts.ts";
import { directoryOf, type LoadedConfig } from "../config/loaded-config.ts";

export function protectedPlacesOf(
  { stores, jobs, stateDirectory }: LoadedConfig,
  named: readonly NamedMount[] = [],
): ProtectedPlace[] {
  return [
    ...stores.flatMap(({ name, options }): ProtectedPlace[] =>
      "path" in options ? [{ kind: "store", name: `store ${name}`, path: options.path }] : [],
    ),
    { kind: "state", name: "Holdfast's state", path: stateDirectory },
    ...jobs.flatMap(({ job, source }): ProtectedPlace[] => {
      const path = directoryOf(source);
      return path === undefined ? [] : [{ kind: "source", name: `the source of job ${job.name}`, path }];
    }),
    ...named.map(({ volume, path }): ProtectedPlace => {
      return { kind: "source", name: `volume ${volume}, which is backed up`, path };
    }),
  ];
}

import { expect, it } from "vitest";
import { loadYaml } from "../../test/fakes/config-files.ts";
import { directoryOf } from "./loaded-config.ts";

const load = (source: string) => loadYaml(`jobs: { data: { source: { kind: container, ${source} } } }`);

it("a directory of a container is a source that is no directory of this machine, and always taken whole", async () => {
  const [job] = (await load("service: app, path: /etc/app, exclude: [x]")).jobs;
  expect(job?.source).toEqual({ kind: "container", service: "app", path: "/etc/app", exclude: ["x"] });
  expect(job && directoryOf(job.source)).toBeUndefined();
  expect(job?.job).toMatchObject({ sourceKind: "container", full: undefined });
});

it("a container needs its service and an absolute path", async () => {
  await expect(load("path: /etc/app")).rejects.toThrow(
    "jobs.data.source.service (line 1): expected the name of a Compose service, got nothing",
  );
  await expect(load("service: app, path: etc")).rejects.toThrow(
    'expected an absolute path in the container, such as /var/lib/app, got "etc"',
  );
});

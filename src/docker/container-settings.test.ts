import { expect, it } from "vitest";
import type { ContainerRequest } from "../ports/container-runtime.ts";
import { settingsOf } from "./container-settings.ts";

const settings = (of: Partial<ContainerRequest> = {}) =>
  settingsOf({ name: "c", image: "i", command: ["sleep", "1"], labels: {}, ...of }).HostConfig;

it("A container of our own has no network and no right that it was not given", () => {
  expect(settings()).toMatchObject({
    ...{ NetworkMode: "none", ReadonlyRootfs: true, CapDrop: ["ALL"], CapAdd: [] },
    ...{ SecurityOpt: ["no-new-privileges"], RestartPolicy: { Name: "no" } },
  });
  expect(settings()).not.toHaveProperty("CpuShares");
});

it("One in the background comes behind all others for the processor, and is the first to be ended for memory", () => {
  const { CpuShares = 1024, OomScoreAdj } = settings({ isBackground: true }) ?? {};
  expect(CpuShares).toBeLessThanOrEqual(128);
  expect(OomScoreAdj).toBe(1000);
});

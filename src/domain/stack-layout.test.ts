import { expect, it } from "vitest";
import type { StackDescription } from "./stack-facts.ts";
import { composeOptions, layoutOf } from "./stack-layout.ts";

const shop: StackDescription = {
  ...{ format: 1, stack: "shop", project: "shop", workingDirectory: "/srv/shop", secrets: [], jobs: [] },
  composeFiles: [
    { path: "/srv/shop/compose.yml", copy: "compose/1-compose.yml" },
    { path: "/srv/shared/sidecar.yml", copy: "compose/2-sidecar.yml" },
    { path: "/srv/shop/unreadable.yml" },
  ],
  configFile: {
    path: "/etc/holdfast/holdfast.yml",
    onHost: "/srv/shop/config/holdfast.yml",
    copy: "holdfast.yml",
  },
  volumes: [],
};

it("lays each file where it was below the project's directory, and what was elsewhere beside them", () => {
  expect(layoutOf(shop)).toEqual([
    { copy: "compose/1-compose.yml", to: "compose.yml" },
    { copy: "compose/2-sidecar.yml", to: "sidecar.yml" },
    { copy: "holdfast.yml", to: "config/holdfast.yml" },
  ]);
  expect(composeOptions(shop)).toBe("--project-name shop --file compose.yml --file sidecar.yml");
});

it.each(["/srv/shop/../../etc/passwd", "/srv/shop/x/../passwd", "/elsewhere/passwd"])(
  "is not led out of the new directory by %s",
  (path) => {
    const [first] = layoutOf({ ...shop, composeFiles: [{ path, copy: "compose/1-x.yml" }] });
    expect(first?.to).toBe("passwd");
  },
);

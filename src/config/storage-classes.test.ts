import { describe, expect, it } from "vitest";
import { loadYaml } from "../../test/fakes/config-files.ts";
import { storageClassWarnings } from "./storage-classes.ts";

const NOW = Date.parse("2026-11-20T12:00:00Z");

async function warningsOf(storageClass: string, job: string, kind = "gcs") {
  const config = await loadYaml(`
    stores:
      local: { kind: local, path: /a }
      offsite: { kind: ${kind}, bucket: acme, storageClass: ${storageClass} }
    jobs: { data: { source: { kind: volume, path: /data }, schedule: "0 3 * * *", ${job} } }`);
  return storageClassWarnings(config, NOW);
}

describe("a storage class that is billed for longer than points live", () => {
  it.each([
    ["NEARLINE", "gcs", "30 d"],
    ["COLDLINE", "gcs", "90 d"],
    ["ARCHIVE", "gcs", "365 d"],
    ["STANDARD_IA", "s3", "30 d"],
    ["ONEZONE_IA", "s3", "30 d"],
    ["GLACIER_IR", "s3", "90 d"],
  ])("is told: %s of %s", async (storageClass, kind, billed) => {
    expect(await warningsOf(storageClass, "retention: { daily: 14 }", kind)).toEqual([
      `Points of job data may go from store offsite after 14 d, and its storage class ${storageClass} is billed for at least ${billed}: keep them longer there (\`keepFor\`), or choose another class.`,
    ]);
  });

  it.each([
    ["where points live as long", "NEARLINE", "retention: { daily: 30 }"],
    [
      "where the store's own rules keep them",
      "COLDLINE",
      "retention: { last: 3 }, keepFor: { offsite: { within: 90d } }",
    ],
    ["where nothing goes", "ARCHIVE", "retention: {}"],
    ["of a class that is billed by the day", "STANDARD", "retention: { last: 1 }"],
    ["of a store that the job does not go to", "ARCHIVE", "retention: { last: 1 }, stores: [local]"],
  ])("is not told %s", async (_why, storageClass, job) => {
    expect(await warningsOf(storageClass, job)).toEqual([]);
  });

  it("is told where only one of several points is kept", async () => {
    const [told] = await warningsOf("NEARLINE", "retention: { monthly: 12 }");
    expect(told).toContain("after their first day");
  });
});

import { describe, expect, it } from "vitest";
import { loadYaml } from "../../test/fakes/config-files.ts";
import { redactedConfig } from "./show.ts";

const SOURCE = "source: { kind: volume, path: /data }";
const STORES = "stores: { local: { kind: local, path: /a }, offsite: { kind: local, path: /b } }";

describe("a retention for one store", () => {
  it("is understood for one job and for all, map by map, and shown as it holds", async () => {
    const config = await loadYaml(`
      ${STORES}
      defaults: { keepFor: { offsite: { monthly: 12, within: 90d } } }
      jobs:
        plain: { ${SOURCE} }
        own: { ${SOURCE}, keepFor: { offsite: { monthly: "24" }, local: {} } }`);
    const within = { years: 0, months: 0, days: 90, milliseconds: 0 };
    expect(config.jobs.map(({ job }) => job.keepFor)).toEqual([
      { offsite: { monthly: 12, within } },
      { offsite: { monthly: 24, within }, local: {} },
    ]);
    expect(redactedConfig(config)).toMatchObject({
      jobs: {
        plain: { keepFor: { offsite: { monthly: 12, within: "90d" } } },
        own: { keepFor: { local: {} } },
      },
    });
  });

  it("is refused for a store that there is not, and with rules that there are not", async () => {
    const bad = loadYaml(`
      ${STORES}
      jobs: { data: { ${SOURCE}, keepFor: { ofsite: {}, local: { dayly: 3 } } } }`);
    await expect(bad).rejects.toThrow(/jobs\.data\.keepFor\.ofsite .*did you mean "offsite"/);
    await expect(bad).rejects.toThrow(/jobs\.data\.keepFor\.local\.dayly .*did you mean "daily"/);
  });
});

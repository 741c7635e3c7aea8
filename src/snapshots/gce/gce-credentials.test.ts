import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { gceProvider } from "../../../test/fakes/gce/gce-provider.ts";
import { startTokenServer, type TokenServer } from "../../../test/fakes/google/token-server.ts";
import { temporaryDirectory } from "../../../test/fakes/temporary-directory.ts";
import { GoogleCredentials } from "../../remote/google-credentials.ts";

const NOW = new AbortController().signal;
let home: string;
let tokens: TokenServer;

beforeEach(async () => {
  home = temporaryDirectory();
  tokens = await startTokenServer();
  vi.stubEnv("HOME", home);
  vi.stubEnv("GOOGLE_APPLICATION_CREDENTIALS", "");
  vi.stubEnv("METADATA_SERVER_DETECTION", "none");
});
afterEach(() => vi.unstubAllEnvs());

async function withCredentials(keyFile?: string) {
  const credentials = new GoogleCredentials(keyFile, ["https://www.googleapis.com/auth/compute"]);
  const made = await gceProvider({ around: { credentials } });
  made.compute.tokens = new Set(["token-1"]);
  return { ...made, list: () => made.provider.snapshots.list({ stack: "analytics" }, NOW) };
}

describe("who we are to Compute Engine", () => {
  it("is the service account of the machine, with one token for many requests", async () => {
    vi.stubEnv("METADATA_SERVER_DETECTION", "assume-present");
    vi.stubEnv("GCE_METADATA_HOST", tokens.host);
    const { list, compute } = await withCredentials();
    for (let turn = 0; turn < 3; turn++) await list();
    expect(tokens.given).toBe(1);
    expect(compute.calls.at(-1)?.authorization).toBe("Bearer token-1");
  });

  it("is asked anew when the token is refused, once", async () => {
    vi.stubEnv("METADATA_SERVER_DETECTION", "assume-present");
    vi.stubEnv("GCE_METADATA_HOST", tokens.host);
    const { list, compute } = await withCredentials();
    compute.tokens = new Set(["token-2"]);
    await list();
    compute.tokens = new Set();
    await expect(list()).rejects.toThrow(
      "the credential is not accepted (Invalid Credentials); check that the key",
    );
  });

  it("is nobody without credentials, in one sentence and at every call", async () => {
    const { list, provider } = await withCredentials();
    for (let turn = 0; turn < 2; turn++) {
      await expect(list()).rejects.toThrow(
        "Listing the snapshots of analytics failed: there are no credentials for Google Cloud; " +
          "set `keyFile` or GOOGLE_APPLICATION_CREDENTIALS, or run where a service account is attached.",
      );
    }
    const disks = ["a", "b", "c"].map((name) => ({ zone: "europe-north1-a", name }));
    const request = { stack: "analytics", job: "disk", point: "20261120T030000Z-7f3a", disks };
    // Several at once, of which only the first is reported.
    const creating = provider.snapshots.create({ ...request, tier: "standard", guestFlush: false }, NOW);
    await expect(creating).rejects.toThrow("there are no credentials for Google Cloud");
  });

  it("cannot be told by a key file that is none", async () => {
    const keyFile = join(home, "key.json");
    await writeFile(keyFile, "{broken");
    const { list } = await withCredentials(keyFile);
    await expect(list()).rejects.toThrow(
      "does not hold credentials as JSON; mount the file that Google gave out.",
    );
  });
});

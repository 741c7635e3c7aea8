import { mkdir, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { listed } from "../../../test/contract/bytes.ts";
import { gcsStore, storeOver } from "../../../test/fakes/gcs/gcs-store.ts";
import { startTokenServer, type TokenServer } from "../../../test/fakes/google/token-server.ts";
import { temporaryDirectory } from "../../../test/fakes/temporary-directory.ts";
import { credentialError } from "../../remote/google-credential-error.ts";
import { GoogleCredentials } from "../../remote/google-credentials.ts";

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

async function write(name: string, content: string | Record<string, unknown>): Promise<string> {
  const path = join(home, name);
  await mkdir(dirname(path), { recursive: true });
  await writeFile(path, typeof content === "string" ? content : JSON.stringify(content));
  return path;
}

/** Workload identity federation: the identity of another cloud, or of a cluster, exchanged for a token. */
async function federation(name = "federation.json"): Promise<string> {
  return write(name, {
    type: "external_account",
    audience: "//iam.googleapis.com/projects/1/locations/global/workloadIdentityPools/pool/providers/cluster",
    subject_token_type: "urn:ietf:params:oauth:token-type:jwt",
    token_url: tokens.exchangeUrl,
    credential_source: { file: await write("subject-token", "who-i-am") },
  });
}

async function store(keyFile?: string) {
  const made = await gcsStore({
    around: {
      credentials: new GoogleCredentials(keyFile, ["https://www.googleapis.com/auth/devstorage.read_write"]),
    },
  });
  made.gcs.tokens = new Set(["token-1"]);
  return made;
}

describe("who the store is to Google", () => {
  it("is what the key file says, with one token for many requests", async () => {
    const { store: offsite, gcs } = await store(await federation());
    for (let turn = 0; turn < 5; turn++) await listed(offsite);
    expect(tokens.given).toBe(1);
    expect(gcs.requests.at(-1)?.headers.authorization).toBe("Bearer token-1");
  });

  it("is what GOOGLE_APPLICATION_CREDENTIALS names where there is no key file", async () => {
    vi.stubEnv("GOOGLE_APPLICATION_CREDENTIALS", await federation());
    await listed((await store()).store);
    expect(tokens.given).toBe(1);
  });

  it("is the login of gcloud where there is one", async () => {
    await federation(".config/gcloud/application_default_credentials.json");
    await listed((await store()).store);
    expect(tokens.given).toBe(1);
  });

  it("is the service account of the machine otherwise", async () => {
    vi.stubEnv("METADATA_SERVER_DETECTION", "assume-present");
    vi.stubEnv("GCE_METADATA_HOST", tokens.host);
    await listed((await store()).store);
    expect(tokens.given).toBe(1);
  });

  it("is asked anew when the token is refused, once, with the file read again", async () => {
    const keyFile = await federation();
    const { store: offsite, gcs } = await store(keyFile);
    await listed(offsite);
    gcs.tokens = new Set(["token-2"]);
    await listed(offsite);
    expect(tokens.given).toBe(2);
    gcs.tokens = new Set();
    await expect(listed(offsite)).rejects.toThrow(
      "the credential is not accepted (Invalid Credentials); check that the key is neither revoked nor expired, " +
        "and the clock of this machine.",
    );
    expect(tokens.given).toBe(3);
  });

  it("is nobody's business over an address without encryption", async () => {
    const { gcs } = await gcsStore();
    await listed(storeOver(gcs, { options: { keyFile: await federation() } }));
    expect(gcs.requests[0]?.headers.authorization).toBeUndefined();
    expect(tokens.given).toBe(0);
  });
});

describe("no token", () => {
  it.each([
    ["there are no credentials for Google Cloud; set `keyFile`", async () => undefined],
    ["cannot be read; check the path", async () => join(home, "missing.json")],
    ["does not hold credentials as JSON", async () => write("key.json", "-----BEGIN PRIVATE KEY-----")],
    ["does not hold credentials as JSON", async () => write("key.json", { type: "service_account" })],
    ["does not hold credentials as JSON", async () => write("key.json", {})],
    ["Google does not accept the key", async () => write("key.json", BROKEN_KEY)],
  ])("is a sentence with what to change: %s", async (sentence, keyFile) => {
    const { store: offsite } = await store(await keyFile());
    const refused = expect(listed(offsite)).rejects;
    await refused.toThrow(sentence);
    await refused.toMatchObject({ code: "store", transient: false });
  });

  it("because the exchange refuses it says why, and one that is out of order may pass", async () => {
    const { store: offsite } = await store(await federation());
    const body = { error: "invalid_grant", error_description: "The identity is disabled." };
    tokens.refuse({ status: 400, body });
    await expect(listed(offsite)).rejects.toThrow("Google does not accept the key (");
    tokens.refuse({ status: 503, body: { error: "unavailable" } });
    await expect(listed(offsite)).rejects.toMatchObject({ code: "store", transient: true });
  });

  it.each([
    [
      "Invalid JWT: Token must be a short-lived token (60 minutes) and in a reasonable timeframe.",
      "set it by NTP",
    ],
    ["Token has been expired or revoked.", "log in again"],
    ["Invalid JWT Signature.", "still has this key"],
  ])("for %s tells what to change", (description, next) => {
    const data = { error: "invalid_grant", error_description: description };
    const refusal = Object.assign(new Error("invalid_grant"), { response: { status: 400, data } });
    expect(credentialError("Reading", refusal, "/key.json").message).toContain(next);
  });

  it("within a minute is given up, and a signal does not wait for that", async () => {
    const silent = { headers: () => new Promise<never>(() => undefined) };
    const { store: offsite, clock } = await gcsStore({ around: { credentials: silent } });
    const listing = expect(listed(offsite)).rejects.toThrow("Google has given no token within 1 min");
    await clock.advance(60_000);
    await listing;
    const cancelling = new AbortController();
    const looking = expect(offsite.stat("stack/object", { signal: cancelling.signal })).rejects;
    cancelling.abort();
    await looking.toMatchObject({ code: "cancelled" });
    await clock.advance(0);
    expect(clock.sleeping).toBe(0);
  });
});

const BROKEN_KEY = {
  type: "service_account",
  client_email: "backup@acme.iam.gserviceaccount.com",
  private_key: "-----BEGIN PRIVATE KEY-----\nbroken\n-----END PRIVATE KEY-----\n",
};

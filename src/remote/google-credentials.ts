/** Who we are to Google: the headers of a request, from a key file or from what the environment provides. */
import { readFile } from "node:fs/promises";
import type { AuthClient, JWTInput } from "google-auth-library";
import { z } from "zod";
import { HoldfastError } from "../domain/errors.ts";
import { credentialError } from "./google-credential-error.ts";

export interface Credentials {
  /** `renew`: those given before were refused. */
  headers(options: { what: string; renew: boolean }): Promise<Readonly<Record<string, string>>>;
}

/** For an emulator. */
export const anonymous: Credentials = {
  headers: async () => ({}),
};

/**
 * A service account's key, an authorized user or a configuration of workload identity federation, by file or by
 * GOOGLE_APPLICATION_CREDENTIALS, gcloud's login, or the service account of the machine (workload identity of GKE).
 */
export class GoogleCredentials implements Credentials {
  readonly #keyFile: string | undefined;
  readonly #scopes: readonly string[];
  #client: Promise<AuthClient> | undefined;

  constructor(keyFile: string | undefined, scopes: readonly string[]) {
    this.#keyFile = keyFile;
    this.#scopes = scopes;
  }

  async headers({ what, renew }: { what: string; renew: boolean }): Promise<Record<string, string>> {
    try {
      // A new client reads the file anew, which may have been replaced meanwhile.
      if (renew) this.#client = undefined;
      this.#client ??= this.#open();
      const client = await this.#client;
      return plain(await client.getRequestHeaders());
    } catch (error) {
      this.#client = undefined;
      throw error instanceof HoldfastError ? error : credentialError(what, error, this.#keyFile);
    }
  }

  /** Loaded late: it is large, and a setup without such a store does not need it. */
  async #open(): Promise<AuthClient> {
    const { GoogleAuth } = await import("google-auth-library");
    const credentials = this.#keyFile === undefined ? undefined : await readKeyFile(this.#keyFile);
    // Without an id of a project it would ask other services for one, which nobody needs here.
    const options = { scopes: [...this.#scopes], projectId: "none" };
    return new GoogleAuth({ ...options, ...(credentials === undefined ? {} : { credentials }) }).getClient();
  }
}

/** The kinds of files that Google gives out; the library tells what else is missing in one. */
const KeyFile = z.looseObject({
  type: z.enum([
    "service_account",
    "authorized_user",
    "external_account",
    "external_account_authorized_user",
    "impersonated_service_account",
  ]),
});

async function readKeyFile(path: string): Promise<JWTInput> {
  return KeyFile.parse(JSON.parse(await readFile(path, "utf8")));
}

function plain(headers: Readonly<Record<string, string>>): Record<string, string> {
  return Object.fromEntries(Object.entries(headers).map(([name, value]) => [name.toLowerCase(), value]));
}

/** Who we are to Google: the headers of a request, from a key file or from what the environment provides. */
import type { AuthClient } from "google-auth-library";
import { HoldfastError } from "../../domain/errors.ts";
import { credentialError } from "./credential-error.ts";

/** Objects and nothing else: neither buckets nor rights can be changed with it. */
const SCOPE = "https://www.googleapis.com/auth/devstorage.read_write";

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
  #client: Promise<AuthClient> | undefined;

  constructor(keyFile: string | undefined) {
    this.#keyFile = keyFile;
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
    const keyFile = this.#keyFile === undefined ? {} : { keyFile: this.#keyFile };
    return new GoogleAuth({ scopes: SCOPE, ...keyFile }).getClient();
  }
}

function plain(headers: Readonly<Record<string, string>>): Record<string, string> {
  return Object.fromEntries(Object.entries(headers).map(([name, value]) => [name.toLowerCase(), value]));
}

/** The variables of one schedule of docker-volume-backup, and which of them were understood. */
import type { Given } from "./compose-services.ts";

/** A secret stays where it is: in a variable, or in a file that a variable names. */
export interface SecretPlace {
  /** To be put behind the key of the config: `File` where it is a file. */
  suffix: "" | "File";
  value: string;
  from: string;
}

export class OffenEnvironment {
  readonly #values: ReadonlyMap<string, Given>;
  readonly #used = new Set<string>();

  constructor(values: ReadonlyMap<string, Given>) {
    this.#values = values;
  }

  /** Undefined where there is none, or nothing in it. */
  take(key: string): Given | undefined {
    this.#used.add(key);
    const given = this.#values.get(key);
    return given === undefined || given.value.trim() === "" ? undefined : given;
  }

  flag(key: string): boolean {
    return /^(true|1|t)$/i.test(this.take(key)?.value ?? "");
  }

  secret(key: string): SecretPlace | undefined {
    const file = this.take(`${key}_FILE`);
    if (file !== undefined) return { suffix: "File", ...file };
    const given = this.take(key);
    return given && { suffix: "", value: `\${${key}}`, from: `${given.from}, which stays a variable` };
  }

  /** What nobody asked for. */
  left(): [key: string, given: Given][] {
    return [...this.#values].filter(([key, { value }]) => !this.#used.has(key) && value !== "");
  }
}

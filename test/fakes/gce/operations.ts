/** Operations of the fake: each takes so many requests of anybody to come to its end. */
import { notFound } from "./refusal.ts";

export type Json = Record<string, unknown>;

interface Running {
  resource: Json & { status: string };
  steps: (() => void)[];
}

export interface Failure {
  code: string;
  message?: string;
  status?: number;
}

export class FakeOperations {
  readonly #all = new Map<string, Running>();
  readonly #byRequest = new Map<string, string>();
  readonly #base: string;
  readonly #now: () => string;
  #count = 0;
  /** Requests that pass between two steps of an operation; at least 1. */
  ticksAStep = 1;

  constructor(base: string, now: () => string) {
    this.#base = base;
    this.#now = now;
  }

  /** What was begun by that request before. */
  of(requestId: string | undefined): Json | undefined {
    const name = requestId === undefined ? undefined : this.#byRequest.get(requestId);
    return name === undefined ? undefined : this.#all.get(name)?.resource;
  }

  forget(requestId: string): void {
    this.#byRequest.delete(requestId);
  }

  /** `steps`: what happens one after the other, the last at its end; of one that fails, nothing. */
  begin(
    begun: { scope: string; type: string; target: string; requestId: string | undefined },
    steps: (() => void)[],
    failure?: Failure,
  ): Json {
    const { scope, type, target, requestId } = begun;
    const name = `operation-${++this.#count}`;
    const place = /^(zone|region)s\/(.+)$/.exec(scope);
    const resource = {
      ...{ kind: "compute#operation", id: String(1000 + this.#count), name, operationType: type },
      ...{ status: "PENDING", progress: 0, insertTime: this.#now(), targetLink: `${this.#base}/${target}` },
      selfLink: `${this.#base}/${scope}/operations/${name}`,
      ...(place === null ? {} : { [place[1] as string]: `${this.#base}/${scope}` }),
    };
    const waiting = Array.from({ length: steps.length * (this.ticksAStep - 1) }, () => () => undefined);
    const fail = () => this.#fail(resource, failure as Failure);
    this.#all.set(name, {
      resource,
      steps: failure === undefined ? [...waiting, ...steps] : [...waiting, fail],
    });
    if (requestId !== undefined) this.#byRequest.set(requestId, name);
    return resource;
  }

  #fail(resource: Json, { code, message = "It did not work.", status }: Failure): void {
    resource["error"] = { errors: [{ code, message }] };
    if (status !== undefined) resource["httpErrorStatusCode"] = status;
    resource["httpErrorMessage"] = message;
  }

  /** Of a zone or a region. */
  in(scope: string): Json[] {
    return [...this.#all.values()].flatMap(({ resource }) =>
      String(resource["selfLink"]).includes(`/${scope}/operations/`) ? [resource] : [],
    );
  }

  /** Each that runs goes on by one step. */
  tick(): void {
    for (const running of this.#all.values()) this.#step(running);
  }

  get(name: string): Json {
    const running = this.#all.get(name);
    if (running === undefined) throw notFound(`operations/${name}`);
    return running.resource;
  }

  /** To its end, where it has one: a snapshot that stays as it is has none. */
  finish(name: string): Json {
    this.get(name);
    const running = this.#all.get(name) as Running;
    for (let step = 0; step < 100 && running.resource.status !== "DONE"; step++) this.#step(running);
    return running.resource;
  }

  #step({ resource, steps }: Running): void {
    if (resource.status === "DONE") return;
    resource.status = "RUNNING";
    const step = steps[0];
    if (step === STUCK) return;
    steps.shift();
    step?.();
    if (steps.length > 0) return;
    resource.status = "DONE";
    Object.assign(resource, { progress: 100, endTime: this.#now() });
  }
}

/** An operation goes no further than to this step. */
export const STUCK = (): void => undefined;

/** An error that the fake answers with. */
export class FakeRefusal extends Error {
  readonly status: number;
  readonly reason: string;

  constructor(status: number, reason: string, message: string) {
    super(message);
    this.status = status;
    this.reason = reason;
  }
}

export function notFound(path: string): FakeRefusal {
  return new FakeRefusal(404, "notFound", `The resource '${path}' was not found`);
}

export function alreadyExists(path: string): FakeRefusal {
  return new FakeRefusal(409, "alreadyExists", `The resource '${path}' already exists`);
}

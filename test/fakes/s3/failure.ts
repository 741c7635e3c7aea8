/** What an S3 server answers instead of doing what it was asked. */
export class S3Failure extends Error {
  readonly status: number;
  readonly code: string;
  /** More elements of the answer's body. */
  readonly xml: string;
  readonly headers: Readonly<Record<string, string>>;

  constructor(
    status: number,
    code: string,
    message: string,
    { xml = "", headers = {} }: { xml?: string; headers?: Record<string, string> } = {},
  ) {
    super(message);
    this.status = status;
    this.code = code;
    this.xml = xml;
    this.headers = headers;
  }
}

export function failureXml({ code, message, xml }: S3Failure): string {
  return `<?xml version="1.0"?><Error><Code>${code}</Code><Message>${message}</Message>${xml}</Error>`;
}

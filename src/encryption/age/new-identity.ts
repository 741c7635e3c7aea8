/** A new identity of age, and its recipient, as `age-keygen` makes them. */

export interface NewIdentity {
  /** The text of an identity file. */
  text: string;
  recipient: string;
}

/** `made`: when, in UTC, for whoever finds the file one day. */
export async function newIdentity(made: string): Promise<NewIdentity> {
  const { generateIdentity, identityToRecipient } = await import("age-encryption");
  const identity = await generateIdentity();
  const recipient = await identityToRecipient(identity);
  return { text: `# created: ${made}\n# public key: ${recipient}\n${identity}\n`, recipient };
}

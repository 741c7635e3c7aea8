/** Tells a recipient of age from a mistyped one, by the checksum of Bech32 (BIP 173) that it ends in. */

const ALPHABET = "qpzry9x8gf2tvdw0s3jn54khce6mua7l";
const GENERATORS = [0x3b6a57b2, 0x26508e6d, 0x1ea119fa, 0x3d4233dd, 0x2a1462b3];
/** Before the last `1`: X25519, post-quantum hybrid, and those of hardware tokens of both kinds. */
const PREFIXES = ["age", "age1pq", "age1tag", "age1tagpq"];

export function isAgeRecipient(text: string): boolean {
  const [, prefix = "", data = ""] = /^(.+)1([^1]+)$/.exec(text) ?? [];
  if (!PREFIXES.includes(prefix)) return false;
  const values = [...data].map((letter) => ALPHABET.indexOf(letter));
  return !values.includes(-1) && checksumOf([...expanded(prefix), ...values]) === 1;
}

function expanded(prefix: string): number[] {
  const codes = [...prefix].map((letter) => letter.charCodeAt(0));
  return [...codes.map((code) => code >> 5), 0, ...codes.map((code) => code & 31)];
}

function checksumOf(values: readonly number[]): number {
  return values.reduce((sum, value) => {
    const shifted = ((sum & 0x1ffffff) << 5) ^ value;
    return GENERATORS.reduce((mixed, of, at) => ((sum >> (25 + at)) & 1 ? mixed ^ of : mixed), shifted);
  }, 1);
}

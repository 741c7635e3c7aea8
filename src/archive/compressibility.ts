/** Notices data that is compressed or encrypted already, from a small sample of it. */

const SAMPLES = 16;
const SAMPLE_BYTES = 1024;
/** Bits per byte; random bytes of this sample size have about 7.99, text 4 to 5, executables 6. */
const THRESHOLD = 7.9;

/** True when a sample has (nearly) the entropy of random bytes. */
export function looksIncompressible(data: Uint8Array): boolean {
  if (data.length < SAMPLES * SAMPLE_BYTES) return false;
  const counts = new Uint32Array(256);
  const step = Math.floor(data.length / SAMPLES);
  for (let start = 0; start + SAMPLE_BYTES <= data.length; start += step) {
    for (let i = start; i < start + SAMPLE_BYTES; i += 1) {
      const byte = data[i] ?? 0;
      counts[byte] = (counts[byte] ?? 0) + 1;
    }
  }
  return entropy(counts) >= THRESHOLD;
}

function entropy(counts: Uint32Array): number {
  const total = counts.reduce((sum, count) => sum + count, 0);
  let bits = 0;
  for (const count of counts) {
    if (count > 0) bits -= (count / total) * Math.log2(count / total);
  }
  return bits;
}

/** Random flips in stored objects, by a seed. */
import type { DamageRig } from "./damage-rig.ts";

export interface Flip {
  key: string;
  offset: number;
  /** Which bits of the byte; never none. */
  mask: number;
}

/** By turns anywhere in all bytes of all points, and in an object that is drawn first: the small ones get their share. */
export function flipOf(at: number, rig: DamageRig, random: () => number): Flip {
  const key =
    at % 2 === 0 ? byBytes(rig, random()) : (rig.keys[Math.floor(random() * rig.keys.length)] ?? "");
  const size = rig.bytesOf(key).length;
  // Every other time near the end, where the seek table is.
  const offset =
    random() < 0.25 ? size - 1 - Math.floor(random() * Math.min(size, 64)) : Math.floor(random() * size);
  const mask = random() < 0.5 ? 1 << Math.floor(random() * 8) : 1 + Math.floor(random() * 255);
  return { key, offset, mask };
}

function byBytes(rig: DamageRig, share: number): string {
  const total = rig.keys.reduce((sum, key) => sum + rig.bytesOf(key).length, 0);
  let left = share * total;
  return rig.keys.find((key) => (left -= rig.bytesOf(key).length) < 0) ?? "";
}

export function flipped(bytes: Buffer, { offset, mask }: Flip): Buffer {
  const copy = Buffer.from(bytes);
  copy[offset] = (copy[offset] ?? 0) ^ mask;
  return copy;
}

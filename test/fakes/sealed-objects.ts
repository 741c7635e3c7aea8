/** Objects encrypted in memory, with what a commit record tells of them. */
import type { PointObject } from "../../src/domain/recovery-point.ts";
import type { Encryption } from "../../src/ports/encryption.ts";
import { createHash } from "node:crypto";
import { MemorySink } from "./memory-object.ts";

export interface SealedBytes {
  stored: Buffer;
  object: PointObject;
}

/** The content comes in pieces of these sizes, the last of them again and again. */
export async function seal(
  encryption: Encryption,
  content: Buffer,
  pieces: readonly number[] = [4_194_304],
): Promise<SealedBytes> {
  const sink = new MemorySink();
  const sealed = encryption.seal(sink);
  for (let at = 0, turn = 0; at < content.length; turn += 1) {
    const piece = Buffer.from(content.subarray(at, at + (pieces[Math.min(turn, pieces.length - 1)] ?? 1)));
    await sealed.write(piece);
    // The memory is the caller's again.
    at += piece.length;
    piece.fill(0xee);
  }
  const facts = await sealed.finish();
  const stored = sink.bytes();
  const sha256 = createHash("sha256").update(stored).digest("hex");
  return { stored, object: { name: "archive.tar.zst", size: stored.length, sha256, ...facts } };
}

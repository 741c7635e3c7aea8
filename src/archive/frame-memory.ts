/** Memory for frames. What is allocated for each of them waits long for the collector, which then looks at everything else too. */

export interface FrameMemory {
  /** So many bytes, whatever they hold. */
  take(size: number): Buffer;
  /** What was taken and is not used any more. */
  giveBack(memory: Buffer): void;
}

/** For frames that belong to whoever reads them. */
export const freshMemory: FrameMemory = {
  take: (size) => Buffer.allocUnsafeSlow(size),
  giveBack: () => undefined,
};

/** The same memory again and again: as much as was out at the same time. */
export class KeptMemory implements FrameMemory {
  readonly #idle: Buffer[] = [];

  take(size: number): Buffer {
    const idle = this.#idle.pop();
    const enough = idle !== undefined && idle.length >= size ? idle : Buffer.allocUnsafeSlow(size);
    return enough.subarray(0, size);
  }

  giveBack(memory: Buffer): void {
    this.#idle.push(Buffer.from(memory.buffer));
  }
}

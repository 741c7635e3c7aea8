/** Collects bytes into slabs; where the slabs come from and go to is the caller's. */

export interface SlabSupply {
  /** An empty slab to fill; may block until one is free. */
  acquire(): Buffer;
  /** Takes a filled slab; `length` bytes of it count. */
  submit(slab: Buffer, length: number): void;
  /** Takes a slab for one that is full of zeros, whatever it holds; where there is no such call it is filled with them. */
  submitZeros?(slab: Buffer): void;
}

export class SlabWriter {
  readonly #supply: SlabSupply;
  #slab: Buffer | undefined;
  #filled = 0;
  #submitted = 0;

  constructor(supply: SlabSupply) {
    this.#supply = supply;
  }

  /** Bytes written so far: the position of the next byte. */
  get position(): number {
    return this.#submitted + this.#filled;
  }

  /** Free space to fill in place, at least one byte; `commit` says how much of it was used. */
  space(): Buffer {
    this.#slab ??= this.#supply.acquire();
    return this.#slab.subarray(this.#filled);
  }

  commit(length: number): void {
    this.#filled += length;
    if (this.#slab !== undefined && this.#filled === this.#slab.length) this.flush();
  }

  write(bytes: Buffer): void {
    for (let done = 0; done < bytes.length;) {
      const copied = bytes.copy(this.space(), 0, done);
      this.commit(copied);
      done += copied;
    }
  }

  /** Those of a byte string. */
  writeBytes(bytes: string): void {
    this.#slab ??= this.#supply.acquire();
    if (this.#slab.length - this.#filled < bytes.length) return this.write(Buffer.from(bytes, "latin1"));
    this.commit(this.#slab.write(bytes, this.#filled, "latin1"));
  }

  writeZeros(length: number): void {
    for (let left = length; left > 0;) {
      const space = this.space();
      const count = Math.min(left, space.length);
      if (count === this.#slab?.length && this.#supply.submitZeros !== undefined) {
        this.#supply.submitZeros(this.#slab);
        this.#leave(count);
      } else {
        space.fill(0, 0, count);
        this.commit(count);
      }
      left -= count;
    }
  }

  /** Hands out what is filled, if anything. */
  flush(): void {
    if (this.#slab === undefined || this.#filled === 0) return;
    this.#supply.submit(this.#slab, this.#filled);
    this.#leave(this.#filled);
  }

  #leave(length: number): void {
    this.#submitted += length;
    this.#slab = undefined;
    this.#filled = 0;
  }
}

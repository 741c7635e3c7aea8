/** The codec that calls Node's own zstd, with contexts that are kept from frame to frame. */
import { loadCLibrary, type CLibrary } from "../c-library.ts";
import { EFFORT } from "./effort.ts";
import type { FrameCodec } from "./frame-codec.ts";

/** Undefined where Node does not export its zstd, or where nothing can be called. */
export function nativeCodec(): FrameCodec | undefined {
  const library = loadCLibrary();
  const zstd = library === undefined ? undefined : bind(library);
  if (zstd === undefined) return undefined;
  const compressors = new Contexts(() => newCompressor(zstd), zstd.freeCCtx);
  const decompressors = new Contexts(() => made(zstd.createDCtx()), zstd.freeDCtx);
  return {
    compress: (slab, target) =>
      compressors.use((context) => run(zstd, zstd.compress2, context, target, slab)),
    decompress: (frame, target) =>
      decompressors.use((context) => run(zstd, zstd.decompressDCtx, context, target, frame)),
  };
}

/** Pointer to memory of zstd's. */
type Context = object;
/** Lengths come as numbers, error codes as the bigints that end a 64-bit range. */
type Size = number | bigint;
type Code = (context: Context, target: Uint8Array, room: number, source: Uint8Array, length: number) => Size;
interface AsyncCode {
  async: (...of: [...Parameters<Code>, (error: Error | null, result: Size) => void]) => void;
}

type Zstd = NonNullable<ReturnType<typeof bind>>;

function bind(library: CLibrary) {
  const createCCtx = library.call<() => Context | null>("void *ZSTD_createCCtx()");
  const setParameter = library.call<(context: Context, parameter: number, value: number) => Size>(
    "size_t ZSTD_CCtx_setParameter(void *, int, int)",
  );
  const compress2 = library.call<AsyncCode>(
    "size_t ZSTD_compress2(void *, void *, size_t, const void *, size_t)",
  );
  const freeCCtx = library.call<(context: Context) => Size>("size_t ZSTD_freeCCtx(void *)");
  const createDCtx = library.call<() => Context | null>("void *ZSTD_createDCtx()");
  const decompressDCtx = library.call<AsyncCode>(
    "size_t ZSTD_decompressDCtx(void *, void *, size_t, const void *, size_t)",
  );
  const freeDCtx = library.call<(context: Context) => Size>("size_t ZSTD_freeDCtx(void *)");
  const errorName = library.call<(code: Size) => string>("const char *ZSTD_getErrorName(size_t)");
  if (createCCtx === undefined || setParameter === undefined || compress2 === undefined) return undefined;
  if (createDCtx === undefined || decompressDCtx === undefined || errorName === undefined) return undefined;
  if (freeCCtx === undefined || freeDCtx === undefined) return undefined;
  return {
    ...{ createCCtx, setParameter, compress2, freeCCtx, createDCtx, decompressDCtx, freeDCtx, errorName },
  };
}

function newCompressor(zstd: Zstd): Context {
  const context = made(zstd.createCCtx());
  for (const [parameter, value] of EFFORT) lengthOf(zstd, zstd.setParameter(context, parameter, value));
  return context;
}

function made(context: Context | null): Context {
  if (context === null) throw new Error("zstd has no memory");
  return context;
}

/** What a thread of the pool reads or writes at the moment. Nothing else need hold it, and it may not be collected yet. */
const inUse = new Set<readonly [Uint8Array, Uint8Array]>();

async function run(
  zstd: Zstd,
  code: AsyncCode,
  context: Context,
  ...memory: readonly [target: Uint8Array, source: Uint8Array]
): Promise<number> {
  const [target, source] = memory;
  inUse.add(memory);
  try {
    const result = await new Promise<Size>((resolve, reject) => {
      code.async(context, target, target.length, source, source.length, (error, size) =>
        error === null ? resolve(size) : reject(error),
      );
    });
    return lengthOf(zstd, result);
  } finally {
    inUse.delete(memory);
  }
}

function lengthOf(zstd: Zstd, result: Size): number {
  if (typeof result === "number") return result;
  throw new Error(`zstd says: ${zstd.errorName(result)}`);
}

/** More than the cores of most machines would only hold memory: about 1 MB each. */
const MOST_IDLE = 4;

/** Contexts that nobody uses at the moment. One serves one call at a time. */
class Contexts {
  readonly #make: () => Context;
  readonly #free: (context: Context) => void;
  readonly #idle: Context[] = [];

  constructor(make: () => Context, free: (context: Context) => void) {
    this.#make = make;
    this.#free = free;
  }

  async use<T>(action: (context: Context) => Promise<T>): Promise<T> {
    const context = this.#idle.pop() ?? this.#make();
    try {
      return await action(context);
    } finally {
      if (this.#idle.length < MOST_IDLE) this.#idle.push(context);
      else this.#free(context);
    }
  }
}

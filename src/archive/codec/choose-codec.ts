/** The codec of this process: the zstd inside Node is called directly where that is possible, else through node:zlib. */
import type { FrameCodec } from "./frame-codec.ts";
import { nativeCodec } from "./native-codec.ts";
import { zlibCodec } from "./zlib-codec.ts";

let codec: FrameCodec | undefined;

export function frameCodec(): FrameCodec {
  codec ??= nativeCodec() ?? zlibCodec;
  return codec;
}

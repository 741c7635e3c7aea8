/** How hard frames are compressed. */
import { constants } from "node:zlib";

/**
 * Level 2 with the hash table of level 3: on text and code as small as level 3 (within a few percent) in half its time. It hurries
 * over what does not compress by itself, such as parquet, video or random bytes, and takes a tenth of level 3's time for that.
 * The window is as large as a slab, so that each frame is a single segment, whose header is a function of its length.
 */
export const EFFORT: readonly (readonly [parameter: number, value: number])[] = [
  [constants.ZSTD_c_compressionLevel, 2],
  [constants.ZSTD_c_hashLog, 17],
  [constants.ZSTD_c_windowLog, 22],
  [constants.ZSTD_c_checksumFlag, 1],
];

/** Which kind of special file an entry is, as the archive has it. */
import type { BigIntStats } from "node:fs";

import { deviceOf, type Device } from "../../archive/device-number.ts";
import type { SpecialType } from "../../archive/index-entry.ts";

/** Undefined for what is no FIFO and no device. */
export function specialOf(stats: BigIntStats): [type: SpecialType, device?: Device] | undefined {
  if (stats.isFIFO()) return ["fifo"];
  if (stats.isCharacterDevice()) return ["character-device", deviceOf(stats.rdev)];
  return stats.isBlockDevice() ? ["block-device", deviceOf(stats.rdev)] : undefined;
}

/** When a disk counts as low, as the config says it. */

/** The config's `alerts.diskLow`: low when either limit is reached; without any, the rule below. */
export interface DiskLowLimits {
  /** 0 to 100. */
  percent?: number | undefined;
  bytes?: number | undefined;
}

/** Undefined where nothing is configured. */
export function lowBytesOf(
  totalBytes: number | undefined,
  { percent, bytes }: DiskLowLimits,
): number | undefined {
  if (percent === undefined && bytes === undefined) return undefined;
  return Math.max((totalBytes ?? 0) * ((percent ?? 0) / 100), bytes ?? 0);
}

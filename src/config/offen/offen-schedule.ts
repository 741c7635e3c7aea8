/** Times and limits of docker-volume-backup in the words of Holdfast. */
import { parseDuration, writeDuration } from "../../domain/duration.ts";
import { parseSchedule } from "../cron.ts";

/** Undefined where Holdfast cannot say it. */
export function scheduleOf(expression: string, timezone: string): string | undefined {
  const fields = expression.trim().replaceAll("?", "*").split(/\s+/);
  const text = (fields.length === 6 && fields[0] === "0" ? fields.slice(1) : fields).join(" ");
  try {
    // One that never is due is its way to say that runs are started by hand.
    return parseSchedule(text, timezone).next(FAR_BACK) === undefined ? "manual" : text;
  } catch {
    return undefined;
  }
}

const FAR_BACK = Date.UTC(2024, 0, 1);

/** A number of days, or a duration such as 168h, as `within` takes it. */
export function lengthOf(text: string): string | undefined {
  if (/^\d+$/.test(text)) return Number(text) > 0 ? `${text}d` : undefined;
  const duration = parseDuration(text);
  const length = duration === undefined || duration <= 0 ? undefined : writeDuration(duration);
  return length !== undefined && /^(\d+w)?(\d+d)?(\d+h)?$/.test(length) ? length : undefined;
}
